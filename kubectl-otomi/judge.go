package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/baseline"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/export"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/relation"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// unknownKind is the rule by which kinds are reported that neither Kubernetes nor a CustomResourceDefinition has.
const unknownKind = "unknown-kind"

// judge holds the objects to Kubernetes' schemas, to each other and to the policies. What one check finds keeps no other from
// its turn.
func (w *workspace) judge(ctx context.Context, b *built, last station, today time.Time) {
	if !w.openBaseline(b) {
		return
	}
	before := len(b.findings)
	if !w.policiesOnly {
		check := func(b *built) diag.Findings {
			return slices.Concat(b.manifests(ctx, w.allowKinds), b.known(relation.Check(b.objects)), plan.CheckOrder(b.objects))
		}
		found := check(b)
		b.quiet(ctx, []diag.Findings{found}, check)
		b.failed(b.sort(baseline.Manifests, found, nil))
	}
	if last == atPolicies {
		b.failed(w.comply(ctx, b, today))
	}
	if len(b.findings)+len(b.listed)+len(b.lapsed) > before {
		w.taint(ctx, b) // what is found in objects is put into words
	}
}

// comply holds the objects to the policies: those of the cores, and the constraints among the objects themselves.
func (w *workspace) comply(ctx context.Context, b *built, today time.Time) diag.Findings {
	ours, findings := w.cores.policySet(b.core)
	stream, f := policy.FromStream(export.Foreign(b.objects))
	findings = append(findings, f...)
	if b.policies, f = policy.Join(ours, stream); b.policies == nil {
		return append(findings, f...)
	}
	settings, more := policy.ParseSettings(b.policies, b.tree)
	if findings = append(append(findings, f...), more...); more.Failed() {
		return findings
	}
	result := b.policies.Check(ctx, b.objects, settings, today)
	b.quiet(ctx, []diag.Findings{result.Findings, result.Exempted}, func(other *built) diag.Findings {
		settings, _ := policy.ParseSettings(b.policies, other.tree) // what is wrong with them is known
		again := b.policies.Check(ctx, other.objects, settings, today)
		return append(again.Findings, again.Exempted...)
	})
	b.exempted, b.exemptions = result.Exempted, result.Exemptions
	found := b.override(w.overrides, b.sort(baseline.Policies, said(b.findings, result.Findings), ruleIDs(b.policies)))
	if b.live != nil {
		found = b.lapse(found)
	}
	return append(findings, found...)
}

// said leaves out what policies find in fields of a wrong type and in fields that are missing, where there is an error about
// them already.
func said(before, found diag.Findings) diag.Findings {
	wrong := map[string]diag.Findings{} // by object
	for _, f := range before {
		if f.Severity == diag.Error && slices.Contains([]string{"field-type", "field-format", "required-field"}, f.Rule) {
			wrong[f.Object] = append(wrong[f.Object], f)
		}
	}
	return slices.DeleteFunc(found, func(f diag.Finding) bool {
		return slices.ContainsFunc(wrong[f.Object], f.Within)
	})
}

// manifests holds every object to the schema of its kind.
func (b *built) manifests(ctx context.Context, allow []string) diag.Findings {
	o := manifest.Options{KubeVersion: b.cluster.KubeVersion, AllowUnknownKinds: allow}
	findings := manifest.Check(ctx, b.objects, o)
	if slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Rule == unknownKind }) {
		if o.CRDs = slices.Concat(render.CRDs(b.input(), b.releases), export.CRDs(b.objects)); len(o.CRDs) > 0 {
			findings = manifest.Check(ctx, b.objects, o)
		}
	}
	if len(findings) == 0 {
		return nil
	}
	return b.known(findings)
}

// known are the findings in the light of what schemas do not tell: that a cluster serves kinds which nothing here defines, and
// that a placeholder is not what a field will hold.
func (b *built) known(findings diag.Findings) diag.Findings {
	objects := make(map[string]object.Object, len(b.objects))
	for _, o := range b.objects {
		objects[o.ID().String()] = o
	}
	withheld, told := b.withheld(), map[schema.GroupVersionKind]bool{}
	var kept diag.Findings
	for _, f := range findings {
		o, found := objects[f.Object]
		var kind schema.GroupVersionKind
		if found {
			kind = o.GroupVersionKind()
		}
		switch {
		case withheld && found && holdsPlaceholder(o, f.Path):
			continue
		case f.Rule == unknownKind && found && listed(b.cluster.APIVersions, kind):
			if told[kind] {
				continue
			}
			told[kind] = true
			f.Severity, f.Hint = diag.Info, ""
			f.Message = fmt.Sprintf("nothing here defines kind %s, which otomi.yaml says the cluster has: its fields are not checked", kind.Kind)
		case f.Rule == unknownKind && b.live != nil: // the plan, which knows what the cluster serves, refuses what it does not
			f.Severity = diag.Warning
			f.Hint = fmt.Sprintf("list %s in the cluster's apiVersions, if it is not this set that brings it", kind.GroupVersion())
		}
		kept = append(kept, f)
	}
	return kept
}

// listed reports whether a cluster's apiVersions, GROUP/VERSION or GROUP/VERSION/KIND, have a kind.
func listed(apiVersions []string, kind schema.GroupVersionKind) bool {
	of := kind.GroupVersion().String()
	return slices.Contains(apiVersions, of) || slices.Contains(apiVersions, of+"/"+kind.Kind)
}

// holdsPlaceholder reports whether a placeholder went into a field.
func holdsPlaceholder(o object.Object, path string) bool {
	parts, err := source.ParsePath(path)
	if err != nil {
		return false
	}
	text, _ := object.Field(o.Object, parts)
	s, _ := text.(string)
	return strings.Contains(s, values.Placeholder)
}
