package render

import (
	"maps"

	"helm.sh/helm/v3/pkg/chart"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// misfit explains why Helm cannot put the values of charts over each other: a subchart's are no map. Helm's words name neither
// file nor line, and may hold the value.
func (h *helm) misfit(err error, set *source.Node) diag.Finding {
	defaults := h.loaded.defaults(h.loaded.chart)
	for _, n := range []*source.Node{set, defaults} {
		if at, path := misfitting(h.loaded.chart, n, nil); at != nil {
			f := diag.Errorf("chart-values", at.At(), "values of the subchart %q are a map, not %s", path[len(path)-1], at.Kind.Article())
			return f.WithPath(source.Path(path)).WithNote(h.release.at("chart"), "release %q uses the chart here", h.release.Name)
		}
	}
	return diag.Errorf("chart", diag.Position{File: h.loaded.shown}, "%v", err)
}

// misfitting finds a subchart's values that are no map, and their path.
func misfitting(c *chart.Chart, n *source.Node, above []string) (at *source.Node, path []string) {
	for _, sub := range c.Dependencies() {
		for _, name := range namesOf(c, sub) {
			below, path := n.Get(name), append(above[:len(above):len(above)], name)
			if below == nil {
				continue
			}
			if below.Kind != source.Map {
				return below, path
			}
			if at, path := misfitting(sub, below, path); at != nil {
				return at, path
			}
		}
	}
	return nil, nil
}

// namesOf are the names under which a chart has a subchart.
func namesOf(c, sub *chart.Chart) []string {
	var names []string
	for _, d := range c.Metadata.Dependencies {
		switch {
		case d == nil || d.Name != sub.Name():
		case d.Alias != "":
			names = append(names, d.Alias)
		default:
			names = append(names, d.Name)
		}
	}
	if names == nil {
		return []string{sub.Name()}
	}
	return names
}

// replaced warns, as Helm does, where the release sets a map in place of another default, or something else in place of a
// map: charts that read the one seldom know what to do with the other.
func (h *helm) replaced(set *source.Node) diag.Findings {
	var findings diag.Findings
	var defaults *source.Node
	differing(set, h.loaded.withSubcharts(h.loaded.chart), nil, func(n *source.Node, path []string) {
		if defaults == nil {
			defaults = h.loaded.defaults(h.loaded.chart)
		}
		is := defaults.Lookup(path...)
		if is == nil {
			return
		}
		f := diag.Warningf("default-type", n.At(), "%s takes the place of %s, the chart's default", n.Kind.Article(), is.Kind.Article())
		findings = append(findings, f.WithPath(source.Path(path)).WithNote(is.At(), "the default is here"))
	})
	return findings
}

// differing calls found for what is a map on one side only. Top-level values may take the place of maps without a word.
func differing(n *source.Node, defaults map[string]any, above []string, found func(*source.Node, []string)) {
	for i, item := range n.Items {
		is, ok := defaults[n.Keys[i].Name]
		if !ok || is == nil || item.Kind == source.Null {
			continue
		}
		path := append(above[:len(above):len(above)], n.Keys[i].Name)
		below, isMap := is.(map[string]any)
		switch {
		case isMap && item.Kind == source.Map:
			differing(item, below, path, found)
		case isMap && len(above) > 0, !isMap && item.Kind == source.Map:
			found(item, path)
		}
	}
}

// withSubcharts are the defaults of a chart, over those of its subcharts.
func (c *loadedChart) withSubcharts(of *chart.Chart) map[string]any {
	all := map[string]any{}
	for _, sub := range of.Dependencies() {
		below := c.withSubcharts(sub)
		for _, name := range namesOf(of, sub) {
			all[name] = below
		}
	}
	for k, v := range c.values[of] {
		below, isMap := all[k].(map[string]any)
		own, ok := v.(map[string]any)
		if isMap && ok {
			v = over(below, own)
		}
		all[k] = v
	}
	return all
}

// over merges maps into a new one.
func over(low, high map[string]any) map[string]any {
	all := maps.Clone(low)
	for k, v := range high {
		below, isMap := all[k].(map[string]any)
		if own, ok := v.(map[string]any); ok && isMap {
			v = over(below, own)
		}
		all[k] = v
	}
	return all
}
