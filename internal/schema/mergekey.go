package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// mergeKey warns about a list that is merged by what its items, as they are described, do not have:
// every item would be added.
func (r *ruler) mergeKey(rules *values.Rules, facets []facet) {
	if rules.List != values.ByKey {
		return
	}
	i := slices.IndexFunc(facets, func(f facet) bool { return text(r.compiled.node(f.schema.Location).Get("x-merge")) == "byKey" })
	if i < 0 {
		return
	}
	n, key := r.compiled.node(facets[i].schema.Location), rules.Key
	at, keyword := n.Get("x-merge"), "x-merge"
	if key == "" {
		key = "name"
	} else {
		at, keyword = n.Get("x-merge-key"), "x-merge-key"
	}
	if r.doubted[at] || rules.Items != nil && rules.Items.Has(key) {
		return
	}
	var described []string
	if rules.Items != nil {
		described = slices.Sorted(maps.Keys(rules.Items.Fields))
	}
	near, path := diag.Suggest(key, described), strings.Contains(key, ".")
	closed := slices.ContainsFunc(expand(itemFacets(facets)), func(f facet) bool { return refuses(f, key) })
	if !closed && !path && (near == "" || len(key) <= len("id")) {
		return // items may have what no schema describes, and words of two letters are all near each other
	}
	r.doubted[at] = true
	f := diag.Warningf(misplaced, at.At(), "the items have no property %q to be merged by", key).
		WithPath(source.Path(below(pathOf(facets[i].schema.Location), keyword)))
	switch {
	case near != "":
		f = f.WithHint("did you mean %q?", near)
	case path:
		f = f.WithHint("the key is a property of the item itself, not a path")
	default:
		f = f.WithHint("describe it below items, or name another property with x-merge-key")
	}
	r.findings = append(r.findings, f)
}
