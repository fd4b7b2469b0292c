package render

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// releaseData is what a release's own templates see.
func (r *renderer) releaseData(release *Release, kube kubeVersion, apiVersions []string) (map[string]any, diag.Findings) {
	files, err := r.files()
	if err != nil {
		return nil, belowFinding(r.Core.Display, core.Platform, err)
	}
	labels := map[string]any{}
	for k, v := range release.Labels {
		labels[k] = v
	}
	data := maps.Clone(r.shared())
	data["Files"] = gotemplate.CoreFiles{Files: files}
	data["Capabilities"] = r.capabilities(kube, apiVersions)
	data["Release"] = map[string]any{"Name": release.Name, "Namespace": release.Namespace, "Labels": labels}
	return data, nil
}

// values are a release's: what its value template renders, and rawValues merged over it. Nulls stay: the chart removes its
// defaults for them.
func (r *renderer) values(ctx context.Context, release *Release, data map[string]any) (*source.Node, diag.Findings) {
	if n, given := r.Values[release.Name]; given {
		return n, nil
	}
	var layers []values.Layer
	var findings diag.Findings
	if release.ValuesTemplate != "" {
		name := path.Join(core.Platform, "values", release.ValuesTemplate)
		if _, err := fs.Stat(r.Core, name); err != nil {
			f := diag.Errorf("missing-file", release.at("values"), "no core has the value template %s", name)
			f.Hint = diag.DidYouMean(release.ValuesTemplate, entries(r.Core, path.Dir(name)))
			return nil, diag.Findings{f}
		}
		n, f := r.document(ctx, coreTemplate{r.Core, name, r.Core.Display}, data)
		findings = append(findings, f...)
		if f.Failed() {
			return nil, findings
		}
		layers = append(layers, values.Layer{File: &source.File{Name: r.Core.Display(name)}, Root: n})
	}
	layers = append(layers, release.Layers...)
	if release.rawValues != nil {
		layers = append(layers, values.Layer{File: release.rawValues.File, Root: release.rawValues})
	}
	keep := &values.Rules{KeepNull: true}
	keep.Rest = keep
	tree, f := values.MergeOnly(layers, keep)
	return tree.Root, append(findings, f...)
}

// entries are the names of a folder's files, for suggestions.
func entries(fsys fs.FS, dir string) []string {
	all, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name()
	}
	return names
}

// helmNumbers makes every integer of a chart's values, its defaults included, a float64 as Helm does. One that a float64
// cannot hold is a finding: where the release's values set it, else at the chart.
func helmNumbers(coalesced map[string]any, set *source.Node, chart diag.Position) diag.Findings {
	var findings diag.Findings
	inexact(coalesced, nil, func(at []string, digits string) {
		f := diag.Errorf("inexact-integer", chart, "Helm would change the integer %s: its numbers have 53 bits", digits).
			WithPath(source.Path(at)).WithHint("set `numbers: exact` on the release, or write it in quotes where a string will do")
		if n := set.Lookup(at...); n != nil {
			f.At = n.At()
		}
		findings = append(findings, f)
	})
	floats(coalesced)
	return findings
}

// inexact calls found for every integer that a float64 cannot hold, in the order of keys.
func inexact(v any, at []string, found func(at []string, digits string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			inexact(v[k], append(at[:len(at):len(at)], k), found)
		}
	case []any:
		for i, item := range v {
			inexact(item, append(at[:len(at):len(at)], strconv.Itoa(i)), found)
		}
	case int64, uint64, json.Number:
		if digits := fmt.Sprint(v); !fits(digits) {
			found(at, digits)
		}
	}
}

// fits reports whether an integer survives the way through a float64.
func fits(digits string) bool {
	f, err := strconv.ParseFloat(digits, 64)
	return err == nil && strconv.FormatFloat(f, 'f', -1, 64) == digits
}

// floats is a value with every integer as Helm's decoder makes it. The value is changed in place.
func floats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			v[k] = floats(item)
		}
	case []any:
		for i, item := range v {
			v[i] = floats(item)
		}
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case json.Number: // an integer of more than 64 bits
		f, _ := v.Float64()
		return f
	}
	return v
}
