package values

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// Withheld is the tree with another value of the same kind in the place of each secret one, and of each that overrides one: in
// a cluster the secret may still stand where now the other would. It is the tree itself where there are none. What two runs
// differ in, one with the tree and one with this, depends on secrets.
func (t *Tree) Withheld() *Tree {
	var below []*source.Node
	for _, l := range t.Layers {
		if secret(l.Root) {
			below = append(below, l.Root)
		}
	}
	root := withhold(t.Root, below)
	if root == t.Root {
		return t
	}
	return &Tree{Root: root, Layers: t.Layers, Rules: t.Rules}
}

// withhold replaces what is secret in a value, or in what layers have in its place.
func withhold(n *source.Node, below []*source.Node) *source.Node {
	if !secret(n) && !slices.ContainsFunc(below, secret) {
		return n
	}
	c := *n
	if n.Kind.Scalar() {
		c.Text = otherText(n)
		return &c
	}
	changed := false
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		beside := below // whichever item of a list it came from
		if n.Kind == source.Map {
			beside = nil
			for _, b := range below {
				beside = append(beside, b.Get(n.Keys[i].Name))
			}
		}
		c.Items[i] = withhold(item, beside)
		changed = changed || c.Items[i] != item
	}
	if !changed {
		return n
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
