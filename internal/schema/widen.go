package schema

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// widener lets the maps that one file closes take what another file adds to them, wherever the first one closes them: behind
// a reference or in a part such as allOf, additionalProperties: false sees its own properties alone.
type widener struct {
	root      *source.Node             // what references lead into: both files, united
	following map[[2]*source.Node]bool // targets being followed, and for what: the same again is a cycle
	opened    int
}

// widened is one file's schema, whose closed maps take what the other file's describes.
func widened(root, n, other *source.Node) *source.Node {
	w := widener{root: root, following: map[[2]*source.Node]bool{}}
	return w.widen(n, w.parts(n), w.parts(other))
}

// widen widens one schema of a value, of which own are all that its file has, and by all that the other has.
func (w *widener) widen(n *source.Node, own, by []*source.Node) *source.Node {
	if n == nil || n.Kind != source.Map || len(by) == 0 {
		return n
	}
	part := func(v *source.Node) *source.Node { return w.widen(v, own, by) }
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		if list := n.Get(keyword); list != nil && list.Kind == source.List {
			n = change(n, keyword, mapItems(list, part))
		}
	}
	for _, keyword := range []string{"then", "else"} {
		n = change(n, keyword, part(n.Get(keyword)))
	}
	n = w.members(w.reference(n, own, by), own, by)
	if !closed(n) {
		return n
	}
	for _, b := range by {
		for _, keyword := range []string{"properties", "patternProperties"} {
			n = added(n, keyword, own, b.Get(keyword))
		}
	}
	return n
}

// added mentions what the other file describes and this one does not. What one of its branches describes already, the others
// do not take: that may be what tells them apart.
func added(n *source.Node, keyword string, own []*source.Node, named *source.Node) *source.Node {
	if named == nil || named.Kind != source.Map {
		return n
	}
	for _, k := range named.Keys {
		if len(all(own, keyword, k.Name)) == 0 {
			n = mention(n, keyword, k)
		}
	}
	return n
}

// members widens the schemas of what is in the value, and the definitions.
func (w *widener) members(n *source.Node, own, by []*source.Node) *source.Node {
	down := func(v *source.Node, path ...string) *source.Node {
		return w.widen(v, w.parts(all(own, path...)...), w.parts(all(by, path...)...))
	}
	for _, keyword := range []string{"properties", "patternProperties", "definitions", "$defs"} {
		named := n.Get(keyword)
		if named == nil || named.Kind != source.Map {
			continue
		}
		for i, k := range named.Keys {
			named = change(named, k.Name, down(named.Items[i], keyword, k.Name))
		}
		n = change(n, keyword, named)
	}
	for _, keyword := range []string{"additionalProperties", "items"} {
		n = change(n, keyword, down(n.Get(keyword), keyword))
	}
	return n
}

// reference replaces a reference by the widened target, so that other places that refer to it stay as they are.
func (w *widener) reference(n *source.Node, own, by []*source.Node) *source.Node {
	target := w.target(n)
	pair := [2]*source.Node{target, by[0]}
	if target == nil || w.following[pair] || w.opened > maxOpened {
		return n
	}
	w.opened++
	w.following[pair] = true
	wide := w.widen(target, own, by)
	delete(w.following, pair)
	if wide == target {
		return n
	}
	return inlined(n, wide)
}

// target is the schema that a reference leads to, or nil.
func (w *widener) target(n *source.Node) *source.Node {
	fragment, found := strings.CutPrefix(text(n.Get("$ref")), "#")
	path, ok := pointer(fragment)
	if !found || !ok {
		return nil
	}
	return w.root.Lookup(path...)
}

// parts are all schemas of a value that some of its schemas consist of.
func (w *widener) parts(schemas ...*source.Node) []*source.Node {
	var out []*source.Node
	var add func(n *source.Node)
	add = func(n *source.Node) {
		if n == nil || n.Kind != source.Map || slices.Contains(out, n) {
			return
		}
		out = append(out, n)
		add(w.target(n))
		for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
			if list := n.Get(keyword); list != nil && list.Kind == source.List {
				for _, item := range list.Items {
					add(item)
				}
			}
		}
		add(n.Get("then"))
		add(n.Get("else"))
	}
	for _, n := range schemas {
		add(n)
	}
	return out
}

// all are what stands at a path of some schemas.
func all(schemas []*source.Node, path ...string) []*source.Node {
	var out []*source.Node
	for _, n := range schemas {
		if v := n.Lookup(path...); v != nil {
			out = append(out, v)
		}
	}
	return out
}
