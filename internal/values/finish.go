package values

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// finish makes the result out of what was merged: it removes what null removed, fills in defaults and marks the schema's
// secrets. What it leaves as it is stays shared: a value that aliases repeat is there once.
type finish struct {
	fill      bool // fill in defaults
	nulls     bool // keep nulls: inside the items of a list
	growth    *growth
	nested    int          // how many defaults are around the value
	outermost *source.Node // of them
}

func (f finish) value(n *source.Node, rules *Rules) *source.Node {
	if rules != nil && rules.Secret != nil {
		n = mark(n)
	}
	switch {
	case n.Kind == source.Map:
		return f.maps(n, rules)
	case n.Kind == source.List && rules.items() != nil:
		return f.list(n, rules)
	default:
		return n
	}
}

func (f finish) maps(n *source.Node, rules *Rules) *source.Node {
	f.fill = f.fill && !n.Replace
	var out *source.Node // nil while it is n
	for i, k := range n.Keys {
		r := rules.field(k.Name)
		removed := n.Items[i].Kind == source.Null && !f.nulls && (r == nil || !r.KeepNull)
		v := n.Items[i]
		if !removed {
			v = f.member(v, r)
		}
		if out == nil && (removed || v != n.Items[i]) {
			c := *n
			out = &c
			out.Keys, out.Items = make([]source.Key, i, len(n.Keys)), make([]*source.Node, i, len(n.Keys))
			copy(out.Keys, n.Keys)
			copy(out.Items, n.Items)
		}
		if out != nil && !removed {
			out.Keys, out.Items = append(out.Keys, k), append(out.Items, v)
		}
	}
	if out == nil {
		out = n
	}
	if rules == nil || !f.fill {
		return out
	}
	return f.defaults(out, n, rules)
}

// member finishes what the layers made of a value, put over the schema's default for it as over what the lowest layer says.
// Where their types differ the schema's check will say so.
func (f finish) member(v *source.Node, rules *Rules) *source.Node {
	if !f.fill || rules == nil || rules.Default == nil || len(rules.Default.Items) == 0 || v.Kind != rules.Default.Kind || !f.grow(rules.Default) {
		return f.value(v, rules)
	}
	var j joiner // finds nothing: the default was checked against the schema's own
	return f.value(j.values([]*source.Node{rules.Default, v}, rules), rules)
}

// defaults adds what no layer set, not even to null.
func (f finish) defaults(out, set *source.Node, rules *Rules) *source.Node {
	var names []string
	for name, r := range rules.Fields {
		if _, found := set.Find(name); !found && r.fills() {
			names = append(names, name)
		}
	}
	if names == nil {
		return out
	}
	slices.Sort(names)
	c := *out
	c.Keys, c.Items = make([]source.Key, 0, len(out.Keys)+len(names)), make([]*source.Node, 0, len(out.Keys)+len(names))
	i := 0
	for _, name := range names {
		for ; i < len(out.Keys) && strings.Compare(out.Keys[i].Name, name) < 0; i++ {
			c.Keys, c.Items = append(c.Keys, out.Keys[i]), append(c.Items, out.Items[i])
		}
		d, below := rules.Fields[name].Default, f
		if !below.grow(d) {
			continue
		}
		c.Keys = append(c.Keys, source.Key{Name: name, Line: d.Line, Col: d.Col, File: d.File})
		c.Items = append(c.Items, below.value(d, rules.Fields[name]))
	}
	c.Keys, c.Items = append(c.Keys, out.Keys[i:]...), append(c.Items, out.Items[i:]...)
	return &c
}

// list finishes the items of a list whose schema says something about them. Only items that are merged by key lose what
// null removed.
func (f finish) list(n *source.Node, rules *Rules) *source.Node {
	f.nulls = rules.List != ByKey
	out := n
	for i, item := range n.Items {
		v := f.value(item, rules.items())
		if v == item {
			continue
		}
		if out == n {
			c := *n
			c.Items = slices.Clone(n.Items)
			out = &c
		}
		out.Items[i] = v
	}
	return out
}
