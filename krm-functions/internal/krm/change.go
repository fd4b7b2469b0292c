package krm

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// note sets a label or an annotation of the object at a path. Where something else stands than a map, it is left alone.
func (i *Item) note(at []string, field, key, value string) *diag.Finding {
	for _, path := range [][]string{{"metadata"}, {"metadata", field}} {
		path = slices.Concat(at, path)
		n := get(i.node, path...)
		if n == nil || n.Kind == yaml.MappingNode || n.ShortTag() == "!!null" {
			continue
		}
		f := diag.Errorf("field-type", diag.Position{File: i.Path()}, "want a map, have %s", map[bool]string{true: "a list", false: "a value"}[n.Kind == yaml.SequenceNode]).
			WithPath(source.Path(path)).WithHint("write %s as keys with values", field)
		f.Object = i.ID().String()
		return &f
	}
	i.set(value, slices.Concat(at, []string{"metadata", field, key})...)
	return nil
}

// drop takes annotations off.
func (i *Item) drop(unwanted func(key string) bool) {
	annotations := get(i.node, "metadata", "annotations")
	for k := 0; annotations != nil && annotations.Kind == yaml.MappingNode && k+1 < len(annotations.Content); k += 2 {
		if unwanted(annotations.Content[k].Value) {
			i.node = without(expand(i.node), unwanted)
			i.free, i.raw, i.text, i.root, i.read = true, nil, nil, nil, nil
			return
		}
	}
}

// set sets a string, and makes the maps on the way to it. What is so already is left alone, bytes and all. Nothing is changed in
// place: whoever has the item's node, or what was read of it, has it as it was.
func (i *Item) set(value string, path ...string) {
	if n := get(i.node, path...); n != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && n.Value == value {
		return
	}
	if !i.free {
		i.node, i.free = expand(i.node), true
	}
	i.raw, i.text, i.root = nil, nil, nil
	i.node, i.read = put(i.node, value, path), i.read.with(value, path)
}

// put is a copy of a node with a string at the end of a path, and the maps on the way to it.
func put(n *yaml.Node, value string, path []string) *yaml.Node {
	if len(path) == 0 {
		v := text(value)
		if n != nil {
			v.HeadComment, v.LineComment, v.FootComment = n.HeadComment, n.LineComment, n.FootComment
		}
		return v
	}
	c := &yaml.Node{Kind: yaml.MappingNode}
	if n != nil && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) {
		*c = *n
	}
	c.Content = slices.Clone(c.Content)
	if c.Kind == yaml.SequenceNode {
		at, _ := strconv.Atoi(path[0]) // of a member that is there
		c.Content[at] = put(c.Content[at], value, path[1:])
		return c
	}
	for k := 0; k+1 < len(c.Content); k += 2 {
		if c.Content[k].Value == path[0] {
			c.Content[k+1] = put(c.Content[k+1], value, path[1:])
			return c
		}
	}
	if len(c.Content) == 0 {
		c.Style &^= yaml.FlowStyle
	}
	c.Content = append(c.Content, text(path[0]), put(nil, value, path[1:]))
	return c
}

// text is a string as a node.
func text(value string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(value)
	return n
}

// expand replaces aliases by copies of what they stand for.
func expand(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	c := *n
	c.Anchor = ""
	c.Content = make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		c.Content[i] = expand(n.Content[i])
	}
	return &c
}
