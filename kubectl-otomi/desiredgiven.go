package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/relation"
	"github.com/otomi/kubectl-otomi/internal/render"
)

// prepareGiven reads the manifests that -f or -k names, checks them, and connects to the cluster of the kubeconfig's context.
func (a *app) prepareGiven(ctx context.Context, f givenFlags, overrides []inventory.Override) (*planned, error) {
	ref, err := f.ref()
	if err != nil {
		return nil, err
	}
	a.piping = slices.Contains(f.files, "-")
	given, findings := a.readGiven(ctx, f)
	a.hidden.add(secretTexts(given), names(given))
	findings = append(findings, f.marked(given)...)
	in := settle(given, a.namespace())
	b := &built{objects: in.objects}
	if !findings.Failed() {
		more, err := a.judgeGiven(ctx, f, b, overrides)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	for i, found := range findings {
		findings[i].Quiet = found.Quiet || strings.HasPrefix(found.Object, "Secret/")
	}
	if err := a.finish(findings); err != nil {
		return nil, err
	}
	s, err := a.connect(ctx, nil, ref)
	if err != nil {
		return nil, err
	}
	s.kubeVersion = f.kubeVersion
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	// The server knows the scopes of kinds that nothing here defines.
	scopes, err := s.client.Scopes(ctx, given)
	if err != nil {
		return nil, err
	}
	objects := scopes.Settle(given, a.namespace())
	texts := secretTexts(given)
	d := &desired{
		objects: objects, releases: releasesOf(objects), versions: inventory.Versions{Plugin: version},
		lapsed: b.lapsed, overrides: b.overrides,
		hidden: func(context.Context) cluster.Hidden { return cluster.Hidden{Texts: texts} },
	}
	return a.planOf(s, d), nil
}

// readGiven reads manifests that are to be applied. That there is nothing is an error: it would delete everything.
func (a *app) readGiven(ctx context.Context, f givenFlags) ([]object.Object, diag.Findings) {
	all, findings := a.readNamed(ctx, f)
	var objects []object.Object
	lists := &sync.Map{}
	for _, o := range all {
		place := object.NewLocator(o, lists).Place
		complain := func(at, format string, args ...any) {
			f := diag.Errorf("manifest", place(at), format, args...).WithPath(at)
			f.Object = o.ID().String()
			findings = append(findings, f)
		}
		if o.GetName() == "" {
			complain("metadata.generateName", "generateName makes a new object at every apply, which no inventory can follow; give it a name")
		}
		o.Release, o.Runlevel = o.GetLabels()[object.LabelRelease], o.GetAnnotations()[object.RunlevelKey]
		if o.Runlevel != "" && !regexp.MustCompile(`^\d\d$`).MatchString(o.Runlevel) {
			complain(fmt.Sprintf("metadata.annotations[%q]", object.RunlevelKey), "want a runlevel of two digits, such as \"05\", not %q", o.Runlevel)
		}
		objects = append(objects, o)
	}
	if len(objects) == 0 && !findings.Failed() && ctx.Err() == nil {
		findings = append(findings, diag.Errorf("no-manifests", diag.Position{}, "there is no object to apply").
			WithHint("to delete all that was applied: kubectl otomi destroy --inventory %s", f.inventory))
	}
	return objects, findings
}

// forCluster are the objects less what configures functions, which is not for a cluster.
func forCluster(all []object.Object) ([]object.Object, diag.Findings) {
	var objects []object.Object
	var findings diag.Findings
	lists := &sync.Map{}
	for _, o := range all {
		of := o.GroupVersionKind()
		if of.Group != "otomi.io" {
			objects = append(objects, o)
			continue
		}
		f := diag.Warningf("local-config", object.NewLocator(o, lists).Place("kind"), "left out: a %s configures functions, and is not for a cluster", of.Kind).
			WithHint(`annotate it %s: "true"`, object.LocalConfig)
		f.Object = o.ID().String()
		findings = append(findings, f)
	}
	return objects, findings
}

// judgeGiven holds manifests to Kubernetes' schemas, to each other, and to the policies that the flags name.
func (a *app) judgeGiven(ctx context.Context, f givenFlags, b *built, overrides []inventory.Override) (diag.Findings, error) {
	found := manifest.Check(ctx, b.objects, manifest.Options{KubeVersion: f.kubeVersion})
	findings := append(served(b.objects, found), relation.Check(b.objects)...)
	if len(f.policies) == 0 {
		if len(overrides) > 0 {
			return nil, usagef("--override is about policies; name some with --policies")
		}
		return findings, ctx.Err()
	}
	set, result, more, err := f.police(ctx, b.objects, time.Now())
	if b.policies = set; err != nil {
		return nil, err
	}
	if err := b.unknown(overrides); err != nil {
		return nil, err
	}
	findings = append(findings, more...)
	return append(findings, b.lapse(b.override(overrides, said(findings, result.Findings)))...), ctx.Err()
}

// served says once of each kind that no schema is known of that it is not checked: the server, which may serve it, is asked later.
func served(objects []object.Object, findings diag.Findings) diag.Findings {
	kinds := map[string]schema.GroupVersionKind{}
	for _, o := range objects {
		kinds[o.ID().String()] = o.GroupVersionKind()
	}
	told := map[schema.GroupVersionKind]bool{}
	var kept diag.Findings
	for _, f := range findings {
		if kind, found := kinds[f.Object]; found && f.Rule == unknownKind {
			if told[kind] {
				continue
			}
			told[kind] = true
			f.Severity, f.Hint = diag.Info, ""
			f.Message = fmt.Sprintf("nothing here defines kind %s: its fields are checked by the server alone", kind.Kind)
		}
		kept = append(kept, f)
	}
	return kept
}

// releasesOf are the releases whose marks the objects carry, of which nothing but name and runlevel is known.
func releasesOf(objects []object.Object) []render.Release {
	var releases []render.Release
	known := map[[2]string]bool{}
	for _, o := range objects {
		if key := [2]string{o.Release, o.Runlevel}; !known[key] {
			known[key] = true
			releases = append(releases, render.Release{Name: o.Release, Runlevel: o.Runlevel})
		}
	}
	return releases
}
