package schema

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// reference is a reference of the document as it reads in the loose one, which has no name.
func (l *loosener) reference(ref *source.Node) *source.Node {
	path, ok := l.addresses.path(text(ref)) // not all editors know names
	if !ok {
		return ref
	}
	to := *ref
	to.Text = "#" + fragment(l.moved(path))
	return &to
}

// moved is where a path of the document leads in the loose one: oneOf is called anyOf there, or is a part of allOf, which no
// path leads to.
func (l *loosener) moved(path []string) []string {
	out := slices.Clone(path)
	at := l.strict
	for i, p := range path {
		next := at.Lookup(p)
		if p == "oneOf" && next != nil && next.Kind == source.List && at.Get("anyOf") == nil {
			out[i] = "anyOf"
		}
		at = next
	}
	return out
}

// siblings lets a reference count beside other keywords, which draft 7 does not know of.
func siblings(n *source.Node) *source.Node {
	ref := n.Get("$ref")
	counts := func(name string) bool {
		return !slices.Contains([]string{"$ref", "title", "description", "default", "examples", "$comment"}, name) && !strings.HasPrefix(name, "x-")
	}
	if ref == nil || !slices.ContainsFunc(n.Names(), counts) {
		return n
	}
	target := set(&source.Node{Kind: source.Map}, "$ref", ref)
	return set(without(n, "$ref"), "allOf", alsoAll(n, target))
}

// referring drops references to what was left out.
func referring(root *source.Node) *source.Node {
	return rewrite(root, func(n *source.Node) *source.Node {
		rest, local := strings.CutPrefix(text(n.Get("$ref")), "#")
		path, ok := pointer(rest)
		if !local || !ok || root.Lookup(path...) != nil {
			return n
		}
		return without(n, "$ref")
	})
}

// pathOf is the path of a location in the document, nil where it is another's.
func pathOf(location string) []string {
	rest, _ := strings.CutPrefix(location, address+"#")
	path, _ := pointer(rest)
	return path
}
