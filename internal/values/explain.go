package values

import (
	"slices"
	"strconv"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// Effect is what a layer did to a value, in words that stay the same.
type Effect string

// The effects, by what the layers below had made of the value and by what the layer says, as Merge's table has it:
//
//	below      the layer           effect
//	any        null                removed by null; kept null where the rules keep nulls
//	nothing    any                 set
//	any        tagged !replace     !replace, be the tag on the value or on one above it
//	map        map                 merged
//	list       list                replaced; x-merge: appended, prepended, merged by key
//	otherwise                      replaced
//
// An item of a list that is appended or prepended to is appended or prepended by its layer, and what the schema says where
// no layer says anything is a default.
const (
	Defaulted   Effect = "default"
	IsSet       Effect = "set"
	Replaced    Effect = "replaced"
	Tagged      Effect = "!replace"
	Merged      Effect = "merged"
	Appended    Effect = "appended"
	Prepended   Effect = "prepended"
	MergedByKey Effect = "merged by key"
	Removed     Effect = "removed by null"
	KeptNull    Effect = "kept null"
)

// joins reports whether the layers below still show through.
func (e Effect) joins() bool {
	return slices.Contains([]Effect{Merged, Appended, Prepended, MergedByKey}, e)
}

// Explanation is how one value of a tree came about.
type Explanation struct {
	Path  []string
	Value *source.Node // in the tree; nil: there is none
	Steps []Step       // low to high
}

// Step is what one layer does to the value, or to one above it that decides about it.
type Step struct {
	Path     []string     // of Node: the explained path, or one above it
	Node     *source.Node // as the layer has it; what the schema calls a secret is marked
	Effect   Effect
	Wins     bool   // this alone is the value in the tree
	Argument string // of --set, unless it sets a secret
}

// Leaf is a value that holds no others: a scalar, an empty map or an empty list.
type Leaf struct {
	Path []string
	Node *source.Node
}

// Leaves are the values below the explained one, in order; none where it is a leaf itself.
func (e Explanation) Leaves() []Leaf {
	if e.Value == nil || len(e.Value.Items) == 0 {
		return nil
	}
	return leaves(nil, e.Value, e.Path)
}

// Explain tells which layers had a say in the value at a path, or why there is none. An item of a list that is merged by key
// may be named by its key instead of its index.
//
// It decides nothing about merging itself: it cuts every layer down to what bears on the path and lets the merge say, layer
// by layer, what becomes of it.
func (t *Tree) Explain(path ...string) Explanation {
	w := t.way(path)
	e := Explanation{Path: w.path, Value: t.At(w.path...)}
	state, _ := MergeOnly(nil, t.Rules) // what is wrong with the layers, the tree's own merge has said
	for i, l := range t.Layers {
		cut, found := w.cut(i, l, stub)
		if len(found) == 0 {
			continue
		}
		next, _ := state.With(Layer{File: l.File, Root: cut})
		w.tagged = w.tagged || len(e.Steps) == 0 && found[0].tagged
		for _, f := range found {
			at := w.merged()[:f.depth]
			effect := w.effect(f, state.At(at...), next.At(at...))
			e.Steps = append(e.Steps, Step{Path: w.path[:f.depth], Node: w.conceal(f.node, f.depth), Effect: effect, Argument: t.argument(l)})
		}
		state = next
	}
	e.decide(w)
	return e
}

// effect is the table of effects.
func (w *way) effect(f found, below, after *source.Node) Effect {
	rules := w.rules[f.depth]
	switch {
	case f.node.Kind == source.Null && after == nil:
		return Removed
	case f.node.Kind == source.Null:
		return KeptNull
	case f.depth == len(w.legs) && w.ofOneLayer():
		return map[ListRule]Effect{Append: Appended, Prepend: Prepended}[w.legs[f.depth-1].list]
	case below == nil && (!f.tagged || f.depth == len(w.legs)):
		return IsSet
	case f.tagged:
		return Tagged
	case f.node.Kind == source.Map && below.Kind == source.Map:
		return Merged
	case f.node.Kind == source.List && below.Kind == source.List && rules != nil:
		return joinedAs(rules.List)
	default:
		return Replaced
	}
}

// decide finds the step that is the tree's value, and adds the schema's default below the others.
func (e *Explanation) decide(w *way) {
	e.onDefault(w)
	winner := -1
	for i, s := range e.Steps {
		if e.Value != nil && len(s.Path) == len(e.Path) && same(s.Node, e.Value) {
			winner = i
		}
	}
	if winner >= 0 {
		e.Steps[winner].Wins = !e.Steps[winner].Effect.joins() || len(e.Value.Items) == 0 || w.ofOneLayer()
	}
	if e.Value == nil && len(e.Steps) == 0 {
		return // a default that nothing stands on
	}
	d := Step{Path: e.Path, Node: w.fallback, Effect: Defaulted}
	if winner < 0 && e.Value != nil {
		d.Node, d.Wins = e.Value, true
	}
	if d.Node != nil {
		d.Node = w.conceal(d.Node, len(e.Path))
		e.Steps = slices.Insert(e.Steps, 0, d)
	}
}

// onDefault says what the lowest layer does to the schema's default.
func (e *Explanation) onDefault(w *way) {
	if len(e.Steps) == 0 || e.Steps[0].Effect != IsSet || len(e.Steps[0].Path) < len(e.Path) {
		return
	}
	n, rules := e.Steps[0].Node, w.rules[len(w.legs)]
	switch {
	case w.fallback == nil:
	case w.tagged:
		e.Steps[0].Effect = Tagged
	case w.fallback.Kind != n.Kind || n.Kind.Scalar() || n.Kind == source.List && (rules == nil || rules.List == Replace):
		e.Steps[0].Effect = Replaced
	case len(w.fallback.Items) == 0: // nothing of it could show
	case n.Kind == source.Map:
		e.Steps[0].Effect = Merged
	default:
		e.Steps[0].Effect = joinedAs(rules.List)
	}
}

// joinedAs is what a layer does to a list below it.
func joinedAs(rule ListRule) Effect {
	return [...]Effect{Replace: Replaced, Append: Appended, Prepend: Prepended, ByKey: MergedByKey}[rule]
}

// ofOneLayer reports whether the way ends at an item that a layer added to a list.
func (w *way) ofOneLayer() bool {
	return len(w.legs) > 0 && slices.Contains([]ListRule{Append, Prepend}, w.legs[len(w.legs)-1].list)
}

// same reports whether two nodes are one, or copies of one that the merge made.
func same(a, b *source.Node) bool {
	return a == b || a.File == b.File && a.Line == b.Line && a.Col == b.Col && a.Kind == b.Kind && a.Text == b.Text
}

func leaves(found []Leaf, n *source.Node, path []string) []Leaf {
	if len(n.Items) == 0 {
		return append(found, Leaf{path, n})
	}
	for i, item := range n.Items {
		name := strconv.Itoa(i)
		if n.Kind == source.Map {
			name = n.Keys[i].Name
		}
		found = leaves(found, item, append(slices.Clip(path), name))
	}
	return found
}

// argument is the text of a --set flag, unless it shows a secret of the schema's.
func (t *Tree) argument(l Layer) string {
	if l.File == nil || l.File.Name != setFlag || secret(conceal(l.Root, t.Rules)) {
		return ""
	}
	return string(l.File.Data)
}
