// Package rendercharts is the function render-charts: releases of charts, embedded, mounted or in the stream, and a merged
// Values item go in; the objects of the releases come out as items.
package rendercharts

import (
	"context"
	"io/fs"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/outputs"
)

const kind = "RenderCharts" // of the functionConfig

// Function is the function. dir opens a folder of the file system that it sees.
func Function(dir func(string) fs.FS) krm.Function {
	return krm.Function{Name: "render-charts", Kind: kind, Spec: spec{}, Run: run(dir)}
}

// spec is the functionConfig's.
type spec struct {
	inputs.Cluster
	Values   *inputs.ValuesRef `json:"values" doc:"a merged Values item, for valuesPath"`
	Releases []release         `json:"releases" schema:"required"`
}

// run is the function. dir opens a folder of the file system that the function sees.
func run(dir func(string) fs.FS) krm.Func {
	return func(ctx context.Context, l *krm.List) diag.Findings {
		config, findings := krm.Configure[spec](l, kind)
		if findings.Failed() {
			return findings
		}
		objects, f := objects(ctx, l, dir, config)
		if findings = append(findings, functionHints(config.fields(f))...); findings.Failed() {
			return findings
		}
		return append(findings, outputs.Own(l, objects)...)
	}
}

// objects is the plugin's way from releases to objects.
func objects(ctx context.Context, l *krm.List, dir func(string) fs.FS, config spec) ([]object.Object, diag.Findings) {
	tree, findings := inputs.OptionalTree(l, config.Values)
	if findings.Failed() {
		return nil, findings
	}
	stack, f := inputs.Stack(l, nil, "")
	findings = append(findings, f...)
	in := render.Input{Core: stack, Tree: tree, KubeVersion: config.KubeVersion.Node, APIVersions: config.APIVersions}
	if in.CRDs, f = crds(l); f.Failed() {
		return nil, append(findings, f...)
	}
	releases, f := config.releases(l, dir, tree)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	objects, f := render.Objects(ctx, in, releases)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	objects, f = patch.Apply(objects, render.Patches(releases), config.Images.Rewrite)
	outputs.Withhold(l, tree, objects)
	return objects, append(findings, f...)
}

// releases are those of the spec as rendering takes them, in its order.
func (s spec) releases(l *krm.List, dir func(string) fs.FS, tree *values.Tree) ([]render.Release, diag.Findings) {
	charts := charts{list: l, dir: dir, found: map[string]*render.Chart{}}
	embedded := l.Text
	l.Text = func(name string) []byte {
		if text := embedded(name); text != nil {
			return text
		}
		return charts.text(name)
	}
	var releases []render.Release
	var findings diag.Findings
	for _, r := range s.Releases {
		converted, f := r.release(&charts, tree, s.Values != nil)
		releases, findings = append(releases, converted), append(findings, f...)
	}
	if findings.Failed() {
		return nil, findings
	}
	return render.Check(releases)
}

// crds are the CustomResourceDefinitions of the stream, but for those that a run of this function wrote: a second run has to
// see what the first one saw.
func crds(l *krm.List) ([]object.Object, diag.Findings) {
	var crds []object.Object
	var findings diag.Findings
	for _, item := range l.Items {
		if item.Kind() != "CustomResourceDefinition" || !strings.HasPrefix(item.APIVersion(), "apiextensions.k8s.io/") ||
			item.Annotation(object.RenderedByKey) == l.Owner() {
			continue
		}
		objects, f := item.Objects()
		crds, findings = append(crds, objects...), append(findings, f...)
	}
	return crds, findings
}
