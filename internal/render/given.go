package render

import (
	"context"

	"helm.sh/helm/v3/pkg/chart"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Values are what a release's chart or manifests are given, nil where they are given nothing, and the defaults of the chart and
// its subcharts, where they stand in their files.
func Values(ctx context.Context, in Input, release Release) (set, defaults *source.Node, findings diag.Findings) {
	r, findings := newRenderer(in)
	if findings.Failed() || release.Kustomize != "" {
		return nil, nil, findings
	}
	data, f := r.releaseData(&release, r.kube, r.APIVersions)
	if findings = append(findings, f...); findings.Failed() {
		return nil, nil, findings
	}
	if set, f = r.values(ctx, &release, data); release.Chart == "" || f.Failed() {
		return set, nil, append(findings, f...)
	}
	at, missing := r.place(&release)
	if missing != nil {
		return set, nil, append(findings, *missing)
	}
	loaded, err := r.load(at)
	if err != nil {
		return set, nil, append(findings, loaded.failed(err)...)
	}
	return set, loaded.defaults(loaded.chart), findings
}

// defaults are those of a chart, over those of its subcharts below the names that it has for them.
func (c *loadedChart) defaults(of *chart.Chart) *source.Node {
	var layers []values.Layer
	for _, sub := range of.Dependencies() {
		n := c.defaults(sub)
		if n == nil {
			continue
		}
		for _, name := range namesOf(of, sub) {
			layers = append(layers, values.Layer{Root: &source.Node{
				Kind: source.Map, File: n.File, Keys: []source.Key{{Name: name, File: n.File}}, Items: []*source.Node{n},
			}})
		}
	}
	for _, f := range of.Raw {
		if f.Name == "values.yaml" {
			file := &source.File{Name: c.displayOf(of.ChartFullPath()+"/"+f.Name, f.Data)}
			n, _ := source.ParseFile(file, f.Data) // the chart is loaded, so the file is right
			layers = append(layers, values.Layer{File: file, Root: n})
		}
	}
	keep := &values.Rules{KeepNull: true}
	keep.Rest = keep
	tree, _ := values.MergeOnly(layers, keep)
	return tree.Root
}
