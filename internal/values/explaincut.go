package values

import (
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// cut is a layer without what has no bearing on the way, and what was found on it. last says what is left of a value at
// the end.
func (w *way) cut(layer int, l Layer, last func(*source.Node) *source.Node) (*source.Node, []found) {
	if l.Root == nil || l.Root.Kind != source.Map {
		return nil, nil
	}
	c := cutter{layer: layer, last: last, keys: w.rules}
	root := c.node(l.fenced(), w.legs, false)
	return root, c.found
}

type cutter struct {
	layer int
	last  func(*source.Node) *source.Node
	keys  []*Rules // by depth
	depth int
	found []found
}

// node is what is left of a value, or nil if it has no bearing on the rest of the way.
func (c *cutter) node(n *source.Node, legs []leg, tagged bool) *source.Node {
	tagged = tagged || n.Replace
	if len(legs) == 0 {
		c.found = append(c.found, found{n, c.depth, tagged})
		return c.last(n)
	}
	leg := legs[0]
	var left *source.Node
	switch {
	case n.Kind == source.Map:
		if next := n.Get(leg.name); next != nil {
			if next = c.down(next, legs, tagged); next != nil {
				left = only(n, leg.name, next)
			}
		}
	case n.Kind == source.List && leg.list == Replace:
		left = c.index(n, legs, tagged)
	case n.Kind == source.List:
		left = c.joined(n, legs, tagged)
	}
	joins := n.Kind == source.Map || n.Kind == source.List && leg.list != Replace
	if left == nil && (!joins || n.Replace) {
		c.found = append(c.found, found{n, c.depth, tagged})
		return stub(n)
	}
	return left
}

func (c *cutter) down(n *source.Node, legs []leg, tagged bool) *source.Node {
	c.depth++
	defer func() { c.depth-- }()
	return c.node(n, legs[1:], tagged)
}

// index leaves one item of a list, in its place.
func (c *cutter) index(n *source.Node, legs []leg, tagged bool) *source.Node {
	i, err := strconv.Atoi(legs[0].name)
	if err != nil || i < 0 || i >= len(n.Items) {
		return nil
	}
	item := c.down(n.Items[i], legs, tagged)
	if item == nil {
		return nil
	}
	out := stub(n)
	for range i {
		out.Items = append(out.Items, &source.Node{File: n.File})
	}
	out.Items = append(out.Items, item)
	return out
}

// joined leaves the items of a list that become part of the one that is meant.
func (c *cutter) joined(n *source.Node, legs []leg, tagged bool) *source.Node {
	out := stub(n)
	leg := legs[0]
	for i, item := range n.Items {
		key := keyName(c.keys[c.depth].Key)
		id, keyed := keyOf(item, key)
		byID := leg.id != nil
		if byID && (!keyed || id != *leg.id) || !byID && (c.layer != leg.layer || i != leg.index) {
			continue
		}
		left := c.down(item, legs, tagged)
		if left == nil {
			continue
		}
		if at, there := left.Find(key); byID && !there && left.Kind == source.Map {
			k, _ := item.Find(key)
			left.Keys, left.Items = slices.Insert(left.Keys, at, item.Keys[k]), slices.Insert(left.Items, at, item.Items[k])
		}
		out.Items = append(out.Items, left)
	}
	if len(out.Items) == 0 {
		return nil
	}
	return out
}

// stub is a value without its members.
func stub(n *source.Node) *source.Node {
	c := *n
	c.Keys, c.Items = nil, nil
	return &c
}

// only is a map with one of its members alone.
func only(n *source.Node, key string, value *source.Node) *source.Node {
	c := stub(n)
	i, _ := n.Find(key)
	c.Keys, c.Items = []source.Key{n.Keys[i]}, []*source.Node{value}
	return c
}

// keyName is the key by which items are merged; see keyOf.
func keyName(key string) string {
	if key == "" {
		return "name"
	}
	return key
}
