package krm

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// Text is the item as a document of its own, as it stands in its file as far as that can be told: without the indent of the
// list and without the orchestrator's annotations, so that lines and columns are those of the file. (Blank lines that an
// orchestrator has dropped are not to be known.)
func (i *Item) Text() []byte {
	switch {
	case i.text != nil:
	case i.raw != nil && !bytes.Contains(i.raw, []byte(merge)):
		i.text = dedent(i.plain(), i.node.Column-1)
	default:
		i.text = encode(i.tidy())
	}
	return i.text
}

// merge is in the text of what kustomize makes of the string `<<`: a merge key where none can be.
const merge = "!!merge"

// restore makes values that are written as merge keys the strings that they were, and writes out nulls between braces, which the
// encoder would make strings.
func restore(n *yaml.Node) {
	for k, c := range n.Content {
		switch {
		case c.Kind != yaml.ScalarNode:
			restore(c)
		case c.Tag == merge && (n.Kind != yaml.MappingNode || k%2 == 1):
			c.SetString(c.Value)
			c.Style = yaml.DoubleQuotedStyle
		case c.Tag == "!!null" && c.Value == "" && n.Style&yaml.FlowStyle != 0:
			c.Value = "null"
		}
	}
}

// plain is raw with the dash blanked and without the lines of the orchestrator's annotations.
func (i *Item) plain() []byte {
	raw := bytes.Clone(i.raw)
	raw[i.dash] = ' '
	lines := split(raw)
	drop := i.wireLines(lines)
	var out []byte
	for n, line := range lines {
		if !drop[n] {
			out = append(out, line...)
		}
	}
	return out
}

// tidy is the node without the orchestrator's annotations, so that an item's text is the same before and after it was written.
func (i *Item) tidy() *yaml.Node {
	metadata := member(i.node, "metadata")
	annotations := member(metadata, "annotations")
	if !block(metadata) || !block(annotations) {
		return i.node
	}
	return without(i.node, Wire)
}

// without is an object without some of the annotations that it has.
func without(n *yaml.Node, unwanted func(key string) bool) *yaml.Node {
	metadata := member(n, "metadata")
	annotations := member(metadata, "annotations")
	kept := *annotations
	kept.Content = nil
	for k := 0; k+1 < len(annotations.Content); k += 2 {
		if !unwanted(annotations.Content[k].Value) {
			kept.Content = append(kept.Content, annotations.Content[k], annotations.Content[k+1])
		}
	}
	return swap(n, "metadata", swap(metadata, "annotations", &kept))
}

// swap is a map with another value at a key, and without the key where the value is an empty map.
func swap(n *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for k := 0; k+1 < len(n.Content); k += 2 {
		switch {
		case n.Content[k].Value != key:
			c.Content = append(c.Content, n.Content[k], n.Content[k+1])
		case len(value.Content) > 0:
			c.Content = append(c.Content, n.Content[k], value)
		}
	}
	return &c
}

// wireLines are the lines that hold nothing but the orchestrator's annotations.
func (i *Item) wireLines(lines [][]byte) map[int]bool {
	metadata := member(i.node, "metadata")
	annotations := member(metadata, "annotations")
	if !block(metadata) || !block(annotations) {
		return nil
	}
	drop := map[int]bool{}
	kept := false
	for k := 0; k+1 < len(annotations.Content); k += 2 {
		key := annotations.Content[k]
		if !Wire(key.Value) {
			kept = true
			continue
		}
		drop[key.Line-i.line] = true
		for n := key.Line - i.line + 1; n < len(lines) && indentOf(lines[n]) >= key.Column; n++ { // a value of several lines
			drop[n] = true
		}
	}
	for k := 0; k+1 < len(metadata.Content) && !kept; k += 2 {
		if metadata.Content[k].Value == "annotations" {
			drop[metadata.Content[k].Line-i.line] = true
		}
	}
	return drop
}

// block reports whether the node is a map with its keys on lines of their own.
func block(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0
}

// dedent takes an indent off every line, where all have it; comments may have less.
func dedent(text []byte, width int) []byte {
	lines := split(text)
	for _, line := range lines {
		if t := bytes.TrimSpace(line); len(t) > 0 && t[0] != '#' && indentOf(line) < width {
			return text
		}
	}
	var out []byte
	for _, line := range lines {
		out = append(out, line[min(width, indentOf(line)):]...)
	}
	return out
}

// indentOf counts the spaces that a line begins with.
func indentOf(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }
