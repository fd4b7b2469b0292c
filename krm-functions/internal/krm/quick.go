package krm

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Writing what was rendered takes most of the time of the functions that render, and nearly all of it is block maps and lists
// with ordinary scalars and no comments. quick writes that and nothing else, as the encoder does; a test holds that the two never
// differ.
type quick struct {
	out    []byte
	wide   bool // lists are indented further than their keys
	failed bool // the node is for the encoder
}

// longestKey is how long the keys may be that quick writes: long ones stand on lines of their own.
const longestKey = 100

// encodeQuickly writes a node as a document, and says whether it could.
func encodeQuickly(n *yaml.Node, wide bool) ([]byte, bool) {
	q := quick{out: make([]byte, 0, 1024), wide: wide}
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return nil, false
	}
	q.block(n, 0)
	return q.out, !q.failed
}

// block writes a map or list of at least one member, from the column on at which the line stands.
func (q *quick) block(n *yaml.Node, column int) {
	if n.Style != 0 || !bare(n, tagOf(n)) {
		q.failed = true
		return
	}
	for i, c := range n.Content {
		if q.failed {
			return
		}
		if i > 0 && (n.Kind == yaml.SequenceNode || i%2 == 0) {
			q.indent(column)
		}
		switch {
		case n.Kind == yaml.SequenceNode:
			q.out = append(q.out, '-')
			q.member(c, column)
		case i%2 == 0:
			q.key(c)
		default:
			q.value(c, column)
		}
	}
}

func (q *quick) indent(column int) {
	for range column {
		q.out = append(q.out, ' ')
	}
}

// member writes what stands behind a dash in a column.
func (q *quick) member(n *yaml.Node, column int) {
	if n.Kind == yaml.ScalarNode || len(n.Content) == 0 {
		q.leaf(n, column+2)
		return
	}
	q.out = append(q.out, ' ')
	q.block(n, column+2)
}

// value writes what stands behind a key in a column.
func (q *quick) value(n *yaml.Node, column int) {
	if n.Kind == yaml.ScalarNode || len(n.Content) == 0 {
		q.leaf(n, column+2)
		return
	}
	q.out = append(q.out, '\n')
	if n.Kind == yaml.MappingNode || q.wide {
		column += 2
	}
	q.indent(column)
	q.block(n, column)
}

func (q *quick) key(n *yaml.Node) {
	if len(n.Value) > longestKey || n.Kind != yaml.ScalarNode || !q.line(n) {
		q.failed = true
	}
	q.out = append(q.out, ':')
}

// leaf writes a scalar or an empty map or list, its lines from a column on.
func (q *quick) leaf(n *yaml.Node, column int) {
	q.out = append(q.out, ' ')
	switch {
	case n.Kind == yaml.MappingNode && n.Style&^yaml.FlowStyle == 0 && bare(n, tagOf(n)):
		q.out = append(q.out, "{}\n"...)
	case n.Kind == yaml.SequenceNode && n.Style&^yaml.FlowStyle == 0 && bare(n, tagOf(n)):
		q.out = append(q.out, "[]\n"...)
	case n.Kind == yaml.ScalarNode && n.Style == yaml.LiteralStyle && bare(n, "!!str") && literal(n.Value):
		q.lines(n.Value, column)
	case n.Kind == yaml.ScalarNode && q.line(n):
		q.out = append(q.out, '\n')
	default:
		q.failed = true
	}
}

// line writes a scalar that stands on the line, and says whether it could.
func (q *quick) line(n *yaml.Node) bool {
	switch {
	case n.Style == 0 && plain(n):
		q.out = append(q.out, n.Value...)
	case !bare(n, "!!str") || !printable(n.Value):
		return false
	case n.Style == yaml.DoubleQuotedStyle && !strings.ContainsAny(n.Value, `"\`):
		q.out = append(append(append(q.out, '"'), n.Value...), '"')
	case n.Style == yaml.SingleQuotedStyle:
		q.out = append(append(append(q.out, '\''), strings.ReplaceAll(n.Value, "'", "''")...), '\'')
	default:
		return false
	}
	return true
}

// plain reports whether a scalar without quotes is written as it stands.
func plain(n *yaml.Node) bool {
	if !bare(n, n.Tag) {
		return false
	}
	switch n.Tag {
	case "!!str":
		return ordinary(n.Value)
	case "!!int":
		return digits(strings.TrimPrefix(n.Value, "-"))
	case "!!float":
		whole, fraction, _ := strings.Cut(n.Value, ".")
		return digits(strings.TrimPrefix(whole, "-")) && digits(fraction)
	case "!!bool":
		return n.Value == "true" || n.Value == "false"
	case "!!null":
		return n.Value == "null"
	}
	return false
}

// lines writes a text line by line.
func (q *quick) lines(text string, column int) {
	text, ended := strings.CutSuffix(text, "\n")
	if q.out = append(q.out, '|'); !ended {
		q.out = append(q.out, '-')
	}
	for line := range strings.SplitSeq(text, "\n") {
		q.out = append(q.out, '\n')
		if line != "" {
			q.indent(column)
		}
		q.out = append(q.out, line...)
	}
	q.out = append(q.out, '\n')
}

// bare reports whether a node is nothing but what it says: no comment, no anchor, no tag of its own.
func bare(n *yaml.Node, tag string) bool {
	return n.HeadComment == "" && n.LineComment == "" && n.FootComment == "" && n.Anchor == "" && (n.Tag == "" || n.Tag == tag)
}

// tagOf is the tag of maps, or of lists.
func tagOf(n *yaml.Node) string {
	if n.Kind == yaml.SequenceNode {
		return "!!seq"
	}
	return "!!map"
}
