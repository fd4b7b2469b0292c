package values

import (
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// way is a path through a tree's layers. Where the tree joins lists, an index of the tree is another in each layer.
type way struct {
	path     []string // by indices, never by key
	legs     []leg
	rules    []*Rules     // at each depth: rules[0] are the root's
	secret   []bool       // at each depth: the schema calls it a secret
	fallback *source.Node // the schema's default for the path
	astray   bool         // it leads through an item that there is not: nothing is filled into it
	tagged   bool         // the lowest layer to set it replaces: no default shows through
}

// leg is one part of a path.
type leg struct {
	name  string   // a key, or the index of an item
	list  ListRule // how the list that the leg leads into was joined; Replace: not at all, or it is no list
	id    *itemKey // ByKey: the items with this key are meant; nil: the one that a layer added
	layer int      // else the item at index of this layer, or of a default: see ofDefault
	index int
}

// found is what a layer has at the end of a way, or where it leaves it for good.
type found struct {
	node   *source.Node
	depth  int
	tagged bool // it, or one above it, is tagged !replace
}

func (t *Tree) way(path []string) *way {
	w := &way{rules: []*Rules{t.Rules}, secret: []bool{t.Rules.secret()}}
	n := t.Root
	for _, name := range path {
		rules := w.rules[len(w.legs)]
		listed := n != nil && n.Kind == source.List
		l := leg{name: name}
		if listed {
			l = t.item(w, n, rules, name)
		}
		_, err := strconv.Atoi(name)
		item := listed || n == nil && err == nil && rules.items() != nil
		if item {
			rules = rules.items()
		} else {
			rules = rules.field(name)
		}
		n = n.Lookup(l.name)
		w.descend(l, rules, item, n != nil)
		w.secret = append(w.secret, w.secret[len(w.secret)-1] || rules.secret())
	}
	return w
}

// descend goes one leg further, to a value with these rules. An item is there, or it is not: no default stands in for it.
func (w *way) descend(l leg, rules *Rules, item, there bool) {
	switch {
	case l.list == Replace:
		w.fallback = w.fallback.Lookup(l.name)
	case l.id != nil:
		w.fallback = keyed(w.fallback, *l.id, w.rules[len(w.legs)])
	default:
		w.fallback = nil // the item is of one layer, or of one default, alone
	}
	w.path, w.legs, w.rules = append(w.path, l.name), append(w.legs, l), append(w.rules, rules)
	w.astray = w.astray || item && !there && w.fallback == nil
	if w.fallback == nil && !item && !w.astray && rules.fills() {
		w.fallback = rules.Default
	}
}

// fills reports whether there is a default for what no layer sets.
func (r *Rules) fills() bool {
	return r != nil && r.Default != nil && (r.Default.Kind != source.Null || r.KeepNull)
}

// keyed is the item of a list that is meant by a key.
func keyed(list *source.Node, id itemKey, rules *Rules) *source.Node {
	if list == nil || list.Kind != source.List {
		return nil
	}
	for _, item := range slices.Backward(list.Items) {
		if found, ok := keyOf(item, rules.Key); ok && found == id {
			return item
		}
	}
	return nil
}

// item is the leg into a list of the tree. Which layer or which default an item of a joined list comes from, the merge says:
// it is given lists whose items hold nothing but their origin.
func (t *Tree) item(w *way, list *source.Node, rules *Rules, name string) leg {
	if rules == nil || rules.List == Replace {
		return leg{name: name}
	}
	i, err := strconv.Atoi(name)
	if err != nil || i >= len(list.Items) && rules.List == ByKey { // a key may be a number, such as a port
		i = slices.IndexFunc(list.Items, func(item *source.Node) bool {
			id, ok := keyOf(item, rules.Key)
			return ok && id.text == name && rules.List == ByKey
		})
	}
	var layers []Layer
	for k, l := range t.Layers {
		if cut, found := w.cut(k, l, func(n *source.Node) *source.Node { return origins(n, rules, k) }); len(found) > 0 {
			layers = append(layers, Layer{File: l.File, Root: cut})
		}
	}
	merged, _ := Merge(layers, w.origins())
	from := merged.At(w.merged()...).Lookup(strconv.Itoa(i))
	if from == nil {
		return leg{name: name} // there is no such item, or it is one of a default further up
	}
	out := leg{name: strconv.Itoa(i), list: rules.List}
	if id, ok := keyOf(from, rules.Key); ok {
		out.id = &id
		return out
	}
	out.layer, out.index = int(from.Line), int(from.Col)
	return out
}

// ofDefault is the layer of what the default of the root gives; those at greater depths go below it.
const ofDefault = -1

// origins are the rules of the way, with defaults that hold nothing but their origin where the way ends.
func (w *way) origins() *Rules {
	var next *Rules
	for depth, r := range slices.Backward(w.rules) {
		out := &Rules{}
		if r != nil {
			out.List, out.Key, out.KeepNull = r.List, r.Key, r.KeepNull
		}
		if r.fills() {
			c := cutter{layer: ofDefault - depth, keys: w.rules, depth: depth, last: func(n *source.Node) *source.Node {
				return origins(n, w.rules[len(w.legs)], ofDefault-depth)
			}}
			out.Default = c.node(r.Default, w.legs[depth:], false)
		}
		if depth < len(w.legs) {
			out.Items, out.Fields = next, map[string]*Rules{w.legs[depth].name: next}
		}
		next = out
	}
	return next
}

// origins is a list whose items keep their key where they are merged by it, and else are a scalar whose place says which
// layer and which item it is.
func origins(n *source.Node, rules *Rules, layer int) *source.Node {
	out := stub(n)
	if n.Kind != source.List {
		return out
	}
	for i, item := range n.Items {
		o := &source.Node{Kind: source.String, File: n.File, Line: int32(layer), Col: int32(i)}
		if _, ok := keyOf(item, rules.Key); ok && rules.List == ByKey {
			o = only(item, keyName(rules.Key), item.Get(keyName(rules.Key)))
		}
		out.Items = append(out.Items, o)
	}
	return out
}

// merged is the path in what the merge makes of layers that were cut: of joined lists only the item that is meant is left.
func (w *way) merged() []string {
	path := slices.Clone(w.path)
	for i, l := range w.legs {
		if l.list != Replace {
			path[i] = "0"
		}
	}
	return path
}

// conceal marks what the schema calls secret in a node at a depth of the way.
func (w *way) conceal(n *source.Node, depth int) *source.Node {
	if w.secret[depth] {
		return mark(n)
	}
	return conceal(n, w.rules[depth])
}

func conceal(n *source.Node, rules *Rules) *source.Node {
	switch {
	case n == nil || rules == nil || n.Kind.Scalar() && rules.Secret == nil:
		return n
	case rules.Secret != nil:
		return mark(n)
	}
	c := *n
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		below := rules.items()
		if n.Kind == source.Map {
			below = rules.field(n.Keys[i].Name)
		}
		c.Items[i] = conceal(item, below)
	}
	return &c
}

func (r *Rules) secret() bool { return r != nil && r.Secret != nil }
