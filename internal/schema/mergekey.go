package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// joining warns about x-merge where nothing can be joined: the value is no list, or its items, as they are described, have no
// key to be merged by, so that every item would be added.
func (r *ruler) joining(rules *values.Rules, facets []facet) {
	i := slices.IndexFunc(facets, func(f facet) bool {
		return listRule(text(r.compiled.node(f.schema.Location).Get("x-merge"))) != values.Replace
	})
	if i < 0 {
		return
	}
	location := facets[i].schema.Location
	at, items := r.compiled.node(location).Get("x-merge"), expand(itemFacets(facets))
	var message, hint string
	switch {
	case never(facets, "array"):
		message, hint = "x-merge joins lists, and this value is none", "write it where the list is described, or leave it out"
	case rules.List != values.ByKey:
		return
	case never(items, "object"):
		message, hint = "the items are no maps, which alone have a key to be merged by", "write x-merge: append or prepend"
	default:
		r.mergeKey(rules, items, location)
		return
	}
	if r.doubted[at] {
		return
	}
	r.doubted[at] = true
	r.findings = append(r.findings, diag.Warningf(misplaced, at.At(), "%s", message).
		WithPath(source.Path(below(pathOf(location), "x-merge"))).WithHint("%s", hint))
}

// never reports whether the schemas that always hold for a value keep it from being of a type.
func never(facets []facet, kind string) bool {
	return slices.ContainsFunc(facets, func(f facet) bool {
		return !f.maybe && f.schema.Types != nil && !slices.Contains(f.schema.Types.ToStrings(), kind)
	})
}

// mergeKey warns about a list that is merged by what its items do not have.
func (r *ruler) mergeKey(rules *values.Rules, items []facet, location string) {
	n, key := r.compiled.node(location), rules.Key
	at, keyword := n.Get("x-merge"), "x-merge"
	if key == "" {
		key = "name"
	} else {
		at, keyword = n.Get("x-merge-key"), "x-merge-key"
	}
	has := func(f facet) bool {
		o := others(f.schema)
		return describes(f.schema, key) || o != nil && !refused(o)
	}
	if r.doubted[at] || slices.ContainsFunc(items, has) {
		return
	}
	var described []string
	if rules.Items != nil {
		described = slices.Sorted(maps.Keys(rules.Items.Fields))
	}
	near, path := diag.Suggest(key, described), isPath(key, described)
	closed := slices.ContainsFunc(items, func(f facet) bool { return refuses(f, key) || !f.maybe && refused(others(f.schema)) })
	if !closed && !path && (near == "" || len(key) <= len("id")) {
		return // items may have what no schema describes, and words of two letters are all near each other
	}
	r.doubted[at] = true
	f := diag.Warningf(misplaced, at.At(), "the items have no property %q to be merged by", key).
		WithPath(source.Path(below(pathOf(location), keyword)))
	switch {
	case path:
		f = f.WithHint("the key is a property of the item itself, not a path")
	case near != "":
		f = f.WithHint("did you mean %q?", near)
	default:
		f = f.WithHint("describe it below items, or name another property with x-merge-key")
	}
	r.findings = append(r.findings, f)
}

// isPath reports whether a key was meant as a path into the items; a label's, such as app.kubernetes.io/name, is none.
func isPath(key string, described []string) bool {
	first, _, dotted := strings.Cut(key, ".")
	return dotted && !strings.Contains(key, "/") && slices.Contains(described, first)
}

// refused reports whether a schema is false.
func refused(s *jsonschema.Schema) bool { return s != nil && s.Bool != nil && !*s.Bool }
