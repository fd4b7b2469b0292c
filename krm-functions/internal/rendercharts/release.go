package rendercharts

import (
	"slices"
	"strconv"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// release is one entry of spec.releases: a runlevel's release, but that its chart may be anywhere and its values are given.
type release struct {
	Name            string            `json:"name" schema:"required"`
	Namespace       string            `json:"namespace"`
	Chart           chartRef          `json:"chart" schema:"required" doc:"NAME[@VERSION] of the embedded core, a path, or {configMap: NAME} in the stream"`
	Values          *source.Node      `json:"values" schema:"type=object" doc:"the chart's values"`
	ValuesPath      string            `json:"valuesPath" doc:"in the Values item: what values are merged over"`
	Enabled         *bool             `json:"enabled" doc:"true where it is missing"`
	Needs           []string          `json:"needs" doc:"releases that come before this one"`
	Labels          map[string]string `json:"labels" doc:"of the release, for the plugin's -l: no function selects"`
	Patches         []patch.Patch     `json:"patches"`
	CreateNamespace bool              `json:"createNamespace"`
	Hooks           string            `json:"hooks"`
	Numbers         string            `json:"numbers"`
	CRDs            string            `json:"crds"`
	KubeVersion     string            `json:"kubeVersion"`
	APIVersions     []string          `json:"apiVersions"`
	Timeout         time.Duration     `json:"timeout" doc:"of the plugin's wait: no function waits"`

	node *source.Node
}

// DecodeNode reads a release and remembers where it stands.
func (r *release) DecodeNode(n *source.Node) diag.Findings {
	type fields release
	findings := source.Decode(n, (*fields)(r))
	r.node = n
	for _, p := range r.Patches {
		if p.Path != "" {
			findings = append(findings, diag.Errorf("patch", p.At, "a patch is written here: a function reads no files").
				WithPath("patches").WithHint("write it as patch: |"))
		}
	}
	return findings
}

// release is the release as rendering takes it. named: the functionConfig names Values.
func (r *release) release(charts *charts, tree *values.Tree, named bool) (render.Release, diag.Findings) {
	out := render.Release{
		Name: r.Name, Namespace: r.Namespace, Chart: r.Chart.Word, Enabled: r.Enabled == nil || *r.Enabled,
		Needs: r.Needs, Labels: r.Labels, Patches: r.Patches, CreateNamespace: &r.CreateNamespace,
		Hooks: r.Hooks, Numbers: r.Numbers, CRDs: r.CRDs, KubeVersion: r.KubeVersion, APIVersions: r.APIVersions, Timeout: r.Timeout,
	}.From(r.node)
	if r.Chart.ConfigMap != "" {
		out.Chart = r.Chart.ConfigMap
	}
	if !out.Enabled {
		return out, nil // neither its chart nor its values have to be there
	}
	var findings diag.Findings
	out.Outside, findings = charts.find(r.Chart)
	if r.ValuesPath != "" {
		n, f := r.fromTree(tree, named)
		out.Layers, findings = append(out.Layers, layer(n)...), append(findings, f...)
	}
	out.Layers = append(out.Layers, layer(r.Values)...)
	return out, findings
}

// layer is a map as a layer; nothing where there is none.
func layer(n *source.Node) []values.Layer {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	return []values.Layer{{File: n.File, Root: n}}
}

// fromTree is the value at valuesPath.
func (r *release) fromTree(tree *values.Tree, named bool) (*source.Node, diag.Findings) {
	at := r.node.Get("valuesPath").At()
	if !named {
		return nil, diag.Findings{diag.Errorf("values-path", at, "valuesPath is one of a Values item, and spec.values names none")}
	}
	parts, err := source.ParsePath(r.ValuesPath)
	if err != nil {
		return nil, diag.Findings{diag.Errorf("values-path", at, "%v", err)}
	}
	n := tree.Root
	for i, part := range parts {
		below := n.Lookup(part)
		if below == nil {
			f := diag.Errorf("values-path", at, "the Values have nothing at %s", source.Path(parts[:i+1]))
			f.Hint = diag.DidYouMean(part, n.Names())
			return nil, diag.Findings{f}
		}
		n = below
	}
	if n.Kind != source.Map && n.Kind != source.Null {
		return nil, diag.Findings{diag.Errorf("values-path", at, "the Values have %s at %s, and a chart's values are a map", n.Kind.Article(), r.ValuesPath).
			WithNote(n.At(), "it is set here")}
	}
	return n, nil
}

// fields names the field of the spec that a finding points at: rendering knows places only, and a functionConfig has no lines.
func (s spec) fields(findings diag.Findings) diag.Findings {
	findings = slices.Clone(findings)
	for i, f := range findings {
		for k, r := range s.Releases {
			if path, found := fieldAt(r.node, f.At, []string{"spec", "releases", strconv.Itoa(k)}); found && f.Path == "" {
				findings[i].Path = source.Path(path)
			}
		}
	}
	return findings
}

// fieldAt is the path of the node at a place.
func fieldAt(n *source.Node, at diag.Position, path []string) ([]string, bool) {
	if n.At() == at {
		return path, true
	}
	for i, item := range n.Items {
		name := strconv.Itoa(i)
		if n.Kind == source.Map {
			name = n.Keys[i].Name
		}
		if found, ok := fieldAt(item, at, append(path[:len(path):len(path)], name)); ok {
			return found, true
		}
	}
	return nil, false
}
