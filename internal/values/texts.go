package values

import (
	"maps"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// shortestNumber is from which length a secret number is looked for in what is shown: masking every 1 would hide the rest.
const shortestNumber = 4

// Secrets are the texts of all secret values, for masking what is shown: those of the tree, and those of its layers, which a
// higher layer may have overridden. Booleans and small numbers are left out. The public ones among them may be seen
// elsewhere: as a key, or as a value that is no secret.
func (t *Tree) Secrets() (secrets, public []string) {
	return Secrets(append(slices.Clip(t.Layers), Layer{Root: t.Root}), t.Rules)
}

// Secrets are the texts of the layers' secret values, sorted; see Tree.Secrets.
func Secrets(layers []Layer, rules *Rules) (secrets, public []string) {
	hidden, seen := map[string]bool{}, map[string]bool{}
	each(layers, rules, func(n *source.Node) {
		if n.Hidden() && n.Text != Placeholder && (n.Kind == source.String || len(n.Text) >= shortestNumber && n.Kind != source.Bool) {
			hidden[n.Text] = true
		}
	})
	if len(hidden) == 0 {
		return nil, nil
	}
	each(layers, rules, func(n *source.Node) {
		if !n.Hidden() && hidden[n.Text] {
			seen[n.Text] = true
		}
		for _, k := range n.Keys {
			if hidden[k.Name] {
				seen[k.Name] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(hidden)), slices.Sorted(maps.Keys(seen))
}

// each visits every value of the layers, with what the rules call a secret marked.
func each(layers []Layer, rules *Rules, visit func(*source.Node)) {
	for _, l := range layers {
		walk(l.Root, rules, visit)
	}
}

func walk(n *source.Node, rules *Rules, visit func(*source.Node)) {
	if n == nil {
		return
	}
	if rules != nil && rules.Secret != nil && !n.Secret {
		n = mark(n)
	}
	visit(n)
	for i, item := range n.Items {
		below := rules.items()
		if n.Kind == source.Map {
			below = rules.field(n.Keys[i].Name)
		}
		walk(item, below, visit)
	}
}

// Withheld is the tree with another value of the same kind in the place of each secret one. What two runs differ in, one with
// the tree and one with this, depends on secrets.
func (t *Tree) Withheld() *Tree {
	return &Tree{Root: withhold(t.Root), Layers: t.Layers, Rules: t.Rules}
}

func withhold(n *source.Node) *source.Node {
	if !secret(n) {
		return n
	}
	c := *n
	if n.Kind.Scalar() {
		c.Text = otherText(n)
		return &c
	}
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		c.Items[i] = withhold(item)
	}
	return &c
}

// otherText is the text of another scalar of the same kind.
func otherText(n *source.Node) string {
	switch {
	case n.Kind == source.String:
		return Placeholder
	case n.Kind == source.Bool && n.Text == "true":
		return "false"
	case n.Kind == source.Bool:
		return "true"
	case n.Kind == source.Null:
		return ""
	case n.Text == "1":
		return "2"
	default:
		return "1"
	}
}

// Tainted is a value that was made with secrets, beside the one that was made without: what they differ in is marked.
func Tainted(with, without *source.Node) *source.Node {
	if with.Kind.Scalar() {
		if without != nil && without.Kind == with.Kind && without.Text == with.Text {
			return with
		}
		c := *with
		c.Secret = true
		return &c
	}
	c := *with
	c.Items = make([]*source.Node, len(with.Items))
	for i, item := range with.Items {
		var other *source.Node
		if with.Kind == source.Map {
			other = without.Get(with.Keys[i].Name)
		} else if without != nil && without.Kind == source.List && i < len(without.Items) {
			other = without.Items[i]
		}
		c.Items[i] = Tainted(item, other)
	}
	return &c
}
