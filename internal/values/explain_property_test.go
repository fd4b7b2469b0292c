package values_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// everyRule are rules with all that the schema can say, to two levels.
func everyRule() *values.Rules {
	keep := &values.Rules{KeepNull: true}
	keep.Rest = keep
	item := &values.Rules{Fields: map[string]*values.Rules{
		"port": {Default: scalar("80")}, "sub": {Fields: map[string]*values.Rules{"in": {Default: scalar("x")}}},
		"append": {List: values.Append, Default: scalar("[dx, {a: dy}]")}, "prepend": {List: values.Prepend, Default: scalar("[dx]")},
	}}
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"append": {List: values.Append, Default: scalar("[d1]")}, "prepend": {List: values.Prepend, Default: scalar("[d2, d3]")},
		"key":         {List: values.ByKey, Items: item, Default: scalar("[{name: x, in: dz}]")},
		"appendItems": {List: values.Append, Items: item}, "keep": keep, "default": {Default: scalar("{a: 1, key: [{name: x}]}")},
		"secret": {Secret: &values.Secret{}}, "closed": {Default: scalar("7")},
	}}
	rules.Fields["default"].Fields = map[string]*values.Rules{"key": rules.Fields["key"], "b": {Default: scalar("2")}}
	rules.Rest = &values.Rules{Fields: rules.Fields}
	return rules
}

// randomNode is any value, every one at a place of its own; what changes type is part of it.
func randomNode(r *rand.Rand, file *source.File, line *int32, depth int) *source.Node {
	*line++
	n := &source.Node{File: file, Line: *line, Col: 1, Replace: r.IntN(8) == 0}
	kind := r.IntN(8)
	switch {
	case depth > 0 && kind < 4:
		n.Kind = source.Map
		for _, name := range []string{"append", "appendItems", "b", "closed", "default", "in", "keep", "key", "name", "port", "prepend", "secret", "sub"} {
			if r.IntN(3) > 0 {
				continue
			}
			v := randomNode(r, file, line, depth-1)
			if name == "name" {
				*v = source.Node{Kind: source.String, File: file, Line: *line, Col: 1, Text: string("xyz"[r.IntN(3)])}
			}
			n.Keys, n.Items = append(n.Keys, source.Key{Name: name, File: file}), append(n.Items, v)
		}
	case depth > 0 && kind < 6:
		n.Kind = source.List
		for range r.IntN(4) {
			n.Items = append(n.Items, randomNode(r, file, line, depth-1))
		}
	case kind == 6:
		n.Kind, n.Replace = source.Null, false
	default:
		n.Kind, n.Text, n.Replace = source.String, fmt.Sprint(*line), false
	}
	return n
}

// TestExplainNamesTheWinner: the winner is exactly the node that the merge has put into the tree, whatever the layers and
// rules are, and what is not in the tree has none.
func TestExplainNamesTheWinner(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	rules := everyRule()
	checked, lost := 0, 0
	for round := range 3000 {
		var layers []values.Layer
		for i := range 1 + r.IntN(4) {
			line := int32(0)
			file := &source.File{Name: fmt.Sprint(i)}
			root := randomNode(r, file, &line, 4)
			if r.IntN(4) == 0 {
				placeless(root) // as --set makes them
			}
			layers = append(layers, values.Layer{File: file, Root: root})
		}
		tree, _ := values.Merge(layers, rules)
		if r.IntN(2) == 0 {
			line := int32(0)
			file := &source.File{Name: "facts"}
			tree, _ = tree.With(values.Layer{File: file, Root: randomNode(r, file, &line, 3)})
		}
		for _, leaf := range (values.Explanation{Value: tree.Root}).Leaves() {
			checked++
			if got := winners(tree.Explain(leaf.Path...)); len(got) != 1 || !sameNode(got[0], leaf.Node) {
				t.Fatalf("round %d: %s: winner %s, the tree has %s\n%s", round, source.Path(leaf.Path), places(got), leaf.Node.At(), told(tree.Explain(leaf.Path...)))
			}
		}
		for _, l := range layers {
			for _, leaf := range (values.Explanation{Value: l.Root}).Leaves() {
				if tree.At(leaf.Path...) != nil {
					continue
				}
				lost++
				if got := winners(tree.Explain(leaf.Path...)); len(got) > 0 {
					t.Fatalf("round %d: %s is not in the tree, yet %s wins", round, source.Path(leaf.Path), places(got))
				}
			}
		}
	}
	if checked < 10000 || lost < 1000 {
		t.Errorf("only %d leaves and %d lost ones were checked", checked, lost)
	}
}

func placeless(n *source.Node) {
	n.Line, n.Col = 0, 0
	for _, item := range n.Items {
		placeless(item)
	}
}

func winners(e values.Explanation) []*source.Node {
	var nodes []*source.Node
	for _, s := range e.Steps {
		if s.Wins {
			nodes = append(nodes, s.Node)
		}
	}
	return nodes
}

func sameNode(a, b *source.Node) bool {
	return a.File == b.File && a.Line == b.Line && a.Kind == b.Kind && a.Text == b.Text
}

func places(nodes []*source.Node) string {
	text := ""
	for _, n := range nodes {
		text += n.At().String() + " "
	}
	return text
}
