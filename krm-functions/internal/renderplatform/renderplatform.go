// Package renderplatform is the function render-platform: a merged Values item and cores go in; the objects of all releases
// of all runlevels come out as items, the same that `kubectl otomi template` prints.
package renderplatform

import (
	"context"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/export"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/outputs"
)

const kind = "RenderPlatform" // of the functionConfig

// Function is the function.
func Function() krm.Function {
	return krm.Function{Name: "render-platform", Kind: kind, Spec: spec{}, Run: run}
}

// spec is the functionConfig's.
type spec struct {
	Values      *inputs.ValuesRef `json:"values" schema:"required" doc:"the merged Values item"`
	Core        []inputs.Ref      `json:"core" doc:"cores, low to high; without it, embedded"`
	APIVersions []string          `json:"apiVersions" doc:"of the cluster, beside Kubernetes' own"`
	Images      repo.Images       `json:"images" doc:"where the cluster takes its images from"`
}

// run renders the platform into the list.
func run(ctx context.Context, l *krm.List) diag.Findings {
	config, findings := krm.Configure[spec](l, kind)
	if findings.Failed() {
		return findings
	}
	objects, f := objects(ctx, l, config)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	return append(findings, outputs.Own(l, objects)...)
}

// objects is the plugin's way from the tree to the objects.
func objects(ctx context.Context, l *krm.List, config spec) ([]object.Object, diag.Findings) {
	tree, findings := inputs.Tree(l, *config.Values)
	if findings.Failed() {
		return nil, findings
	}
	kubeVersion := ""
	if n := tree.At("cluster", "kubeVersion"); n != nil {
		kubeVersion = n.Text
	}
	stack, f := inputs.Stack(l, config.Core, kubeVersion)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	united, f := schema.Load(stack)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	l.Conceal(values.Secrets([]values.Layer{{Root: tree.Root}}, united.Rules()))
	platform := export.Platform{Load: sync.OnceValues(func() (*policy.Set, diag.Findings) { return policy.Load(stack, stack.Display) })}
	in := render.Input{Core: stack, Tree: tree, APIVersions: config.APIVersions, Policies: platform.Objects}
	releases, f := render.Releases(ctx, in)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	if findings = append(findings, united.UnknownApps(tree, names(releases))...); findings.Failed() {
		return nil, findings
	}
	objects, f := render.Objects(ctx, in, releases)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	objects, f = patch.Apply(objects, render.Patches(releases), config.Images.Rewrite)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	objects, f = platform.Exempt(objects, tree)
	outputs.Withhold(l, tree, objects)
	return objects, append(findings, f...)
}

func names(releases []render.Release) []string {
	out := make([]string, len(releases))
	for i, r := range releases {
		out[i] = r.Name
	}
	return out
}
