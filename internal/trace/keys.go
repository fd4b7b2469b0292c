package trace

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// mostKeys is how many keys are tried for one field at most.
const mostKeys = 20

// key is a map's key that users choose, as a team's name is one.
type key struct {
	path []string
	node *source.Node // what it names
}

// keys finds the keys that a field's text is made of: with another key there, the text has that one in it.
func (t *Tracer) keys(ctx context.Context, f *Field) []Leaf {
	root := t.input.Tree.Root
	var found []Leaf
	candidates := keysIn(root, t.input.Tree.Rules, nil, fmt.Sprint(f.Value))
	for i, k := range candidates[:min(len(candidates), mostKeys)] {
		if ctx.Err() != nil {
			break
		}
		in := t.input
		name := k.path[len(k.path)-1]
		in.Tree = &values.Tree{Root: renamed(root, k.path, name+"x"), Layers: in.Tree.Layers, Rules: in.Tree.Rules}
		objects, _ := t.once(ctx, in, "key "+source.Path(k.path), map[int]int{i: 0})
		at := t.find(objects)
		if at >= 0 && !t.follows(objects) {
			at = t.only(objects)
		}
		after, _ := fieldOf(objects, at, f.Path)
		if strings.Contains(fmt.Sprint(after), name+"x") && !strings.Contains(fmt.Sprint(f.Value), name+"x") {
			found = append(found, Leaf{Path: k.path, Node: k.node, Certainty: Exact, Named: true})
		}
	}
	return found
}

// keysIn are the keys below a node that no schema has given, and that stand in a text.
func keysIn(n *source.Node, rules *values.Rules, path []string, text string) []key {
	var found []key
	for i, item := range n.Items {
		at := append(slices.Clip(path), name(n, i))
		var below *values.Rules
		switch {
		case rules == nil:
		case n.Kind == source.List:
			below = rules.Items
		default:
			below = rules.Rest
			if field, given := rules.Fields[n.Keys[i].Name]; given {
				below = field
			}
		}
		if n.Kind == source.Map && chosen(n.Keys[i].Name, rules) && strings.Contains(text, n.Keys[i].Name) {
			found = append(found, key{at, item})
		}
		found = append(found, keysIn(item, below, at, text)...)
	}
	return found
}

// chosen reports whether users chose a key: the schema does not give it. One letter stands in every text.
func chosen(name string, rules *values.Rules) bool {
	if rules == nil {
		return len(name) > 1
	}
	_, given := rules.Fields[name]
	return !given && len(name) > 1
}

// renamed is a tree with another key at a path.
func renamed(n *source.Node, path []string, to string) *source.Node {
	out := *n
	out.Keys, out.Items = slices.Clone(n.Keys), slices.Clone(n.Items)
	i, isKey := n.Find(path[0])
	if !isKey {
		i, _ = strconv.Atoi(path[0]) // an index, as keysIn has made it
	}
	if len(path) > 1 {
		out.Items[i] = renamed(out.Items[i], path[1:], to)
		return &out
	}
	k, item := out.Keys[i], out.Items[i]
	out.Keys, out.Items = slices.Delete(out.Keys, i, i+1), slices.Delete(out.Items, i, i+1)
	k.Name = to
	at, taken := out.Find(to)
	if taken {
		return n
	}
	out.Keys, out.Items = slices.Insert(out.Keys, at, k), slices.Insert(out.Items, at, item)
	return &out
}
