package values

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// fold is Merge as its table reads: one layer after the other, each with a copy of every map on the way. Merge must equal
// it in every node and in every finding.
func fold(layers []Layer, rules *Rules, f foldFinish) (*source.Node, diag.Findings) {
	var m folder
	root := &source.Node{Kind: source.Map}
	for _, l := range layers {
		root = m.layer(root, l, rules)
	}
	m.findings.Sort()
	return f.value(root, rules), m.findings
}

type folder struct{ findings diag.Findings }

func (m *folder) layer(root *source.Node, l Layer, rules *Rules) *source.Node {
	if l.Root == nil {
		return root
	}
	if l.Root.Kind != source.Map {
		m.findings = append(m.findings, diag.Errorf("layer-type", l.Root.At(), "a layer is a map, not %s", l.Root.Kind.Article()).WithHint("begin it with a key: NAME: VALUE"))
		return root
	}
	m.findings = append(m.findings, fence(l)...)
	m.findings = append(m.findings, duplicates(l.Root, rules, nil)...)
	return m.values(root, l.fenced(), rules, nil)
}

func (m *folder) values(lower, upper *source.Node, rules *Rules, path []string) *source.Node {
	switch {
	case lower.Kind == source.Null && !upper.Kind.Scalar():
		return cutOff(upper)
	case lower.Kind == source.Null, upper.Kind == source.Null, upper.Replace:
		return upper
	case lower.Kind == source.Map && upper.Kind == source.Map:
		return m.maps(lower, upper, rules, path)
	case lower.Kind == source.List && upper.Kind == source.List:
		return m.lists(lower, upper, rules, path)
	case lower.Kind.Scalar() && upper.Kind.Scalar():
		return upper
	}
	m.findings = append(m.findings, diag.Errorf("type-change", upper.At(), "this layer makes %s into %s", lower.Kind.Article(), upper.Kind.Article()).
		WithPath(source.Path(path)).WithNote(lower.At(), "the %s is set here", lower.Kind).
		WithHint("give both the same type, or tag the new value !replace"))
	return upper
}

// maps joins two maps whose keys are sorted. What only one of them has is shared, not copied.
func (m *folder) maps(lower, upper *source.Node, rules *Rules, path []string) *source.Node {
	out := *upper
	out.Replace = lower.Replace
	size := max(len(lower.Keys), len(upper.Keys))
	out.Keys, out.Items = make([]source.Key, 0, size), make([]*source.Node, 0, size)
	i, j := 0, 0
	for i < len(lower.Keys) || j < len(upper.Keys) {
		order := 0
		switch {
		case i == len(lower.Keys):
			order = 1
		case j == len(upper.Keys):
			order = -1
		default:
			order = strings.Compare(lower.Keys[i].Name, upper.Keys[j].Name)
		}
		switch {
		case order < 0:
			out.Keys, out.Items = append(out.Keys, lower.Keys[i]), append(out.Items, lower.Items[i])
			i++
		case order > 0:
			out.Keys, out.Items = append(out.Keys, upper.Keys[j]), append(out.Items, upper.Items[j])
			j++
		default:
			key := upper.Keys[j]
			v := m.values(lower.Items[i], upper.Items[j], rules.field(key.Name), append(path, key.Name))
			out.Keys, out.Items = append(out.Keys, key), append(out.Items, v)
			i, j = i+1, j+1
		}
	}
	return &out
}

func (m *folder) lists(lower, upper *source.Node, rules *Rules, path []string) *source.Node {
	if rules == nil || rules.List == Replace {
		return upper
	}
	out := *upper
	out.Replace = lower.Replace
	switch rules.List {
	case Append:
		out.Items = slices.Concat(lower.Items, upper.Items)
	case Prepend:
		out.Items = slices.Concat(upper.Items, lower.Items)
	default:
		out.Items = m.byKey(lower, upper, rules, path)
	}
	return &out
}

// byKey merges the items that have the same key, in the lower list's order; items with a new key, or without, follow.
func (m *folder) byKey(lower, upper *source.Node, rules *Rules, path []string) []*source.Node {
	items := slices.Clone(lower.Items)
	index := map[itemKey]int{}
	for i, item := range items {
		if id, ok := keyOf(item, rules.Key); ok {
			index[id] = i
		}
	}
	for _, item := range upper.Items {
		id, ok := keyOf(item, rules.Key)
		if i, found := index[id]; ok && found {
			items[i] = m.values(items[i], item, rules.items(), append(path, id.text))
			continue
		}
		if ok {
			index[id] = len(items)
		}
		items = append(items, item)
	}
	return items
}

// foldFinish makes the result out of what was merged: it removes what null removed and fills in defaults.
type foldFinish struct {
	fill  bool // fill in defaults
	nulls bool // keep nulls: inside the items of a list
}

func (f foldFinish) value(n *source.Node, rules *Rules) *source.Node {
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

func (f foldFinish) maps(n *source.Node, rules *Rules) *source.Node {
	out := *n
	out.Keys, out.Items = make([]source.Key, 0, len(n.Keys)), make([]*source.Node, 0, len(n.Keys))
	f.fill = f.fill && !n.Replace
	for i, k := range n.Keys {
		r := rules.field(k.Name)
		if n.Items[i].Kind == source.Null && !f.nulls && (r == nil || !r.KeepNull) {
			continue
		}
		v := n.Items[i]
		if f.fill && r != nil && r.Default != nil && r.Default.Kind == v.Kind && len(r.Default.Items) > 0 {
			var m folder
			v = m.values(r.Default, v, r, nil)
		}
		out.Keys, out.Items = append(out.Keys, k), append(out.Items, f.value(v, r))
	}
	if rules == nil || !f.fill {
		return &out
	}
	for name, r := range rules.Fields {
		if _, set := n.Find(name); set || r == nil || r.Default == nil || (r.Default.Kind == source.Null && !r.KeepNull) {
			continue
		}
		at, _ := out.Find(name)
		d := r.Default
		out.Keys = slices.Insert(out.Keys, at, source.Key{Name: name, Line: d.Line, Col: d.Col, File: d.File})
		out.Items = slices.Insert(out.Items, at, f.value(d, r))
	}
	return &out
}

// list finishes the items of a list whose schema says something about them. Only items that are merged by key lose what
// null removed.
func (f foldFinish) list(n *source.Node, rules *Rules) *source.Node {
	f.nulls = rules.List != ByKey
	out := *n
	out.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		out.Items[i] = f.value(item, rules.items())
	}
	return &out
}
