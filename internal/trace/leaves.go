package trace

import (
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// leaf is a value that can be tried.
type leaf struct {
	path   []string
	node   *source.Node
	trials []*source.Node // other values, likely ones first; the last is an empty one where there is any
	near   []string       // texts of further ones, that templates compare values of this name with
	common []string       // and of those that they compare any with
}

// trial is a leaf's value in a trial: of trials, near and common, one after another.
func (l leaf) trial(n int) *source.Node {
	if n < len(l.trials) {
		return l.trials[n]
	}
	other := *l.node
	if n -= len(l.trials); n < len(l.near) {
		other.Text = l.near[n]
	} else {
		other.Text = l.common[n-len(l.near)]
	}
	return &other
}

// leavesOf are the scalars below a node, in order.
func leavesOf(n *source.Node, path []string) []leaf {
	if n == nil {
		return nil
	}
	if n.Kind.Scalar() {
		if trials := others(n); len(trials) > 0 {
			return []leaf{{path: path, node: n, trials: trials}}
		}
		return nil
	}
	var found []leaf
	for i, item := range n.Items {
		found = append(found, leavesOf(item, append(slices.Clip(path), name(n, i)))...)
	}
	return found
}

// worded are leaves that are tried with the words that they may have, where there are such, before others.
func (t *Tracer) worded(leaves []leaf) []leaf {
	if t.words == nil {
		return leaves
	}
	for i, l := range leaves {
		var words []*source.Node
		for _, word := range t.words(l.path...) {
			if word != l.node.Text {
				other := *l.node
				other.Kind, other.Text = source.String, word
				words = append(words, &other)
			}
		}
		leaves[i].trials = append(words, l.trials...)
	}
	return leaves
}

func name(n *source.Node, i int) string {
	if n.Kind == source.Map {
		return n.Keys[i].Name
	}
	return strconv.Itoa(i)
}

// others are values to put in place of a scalar, of the same kind and, as far as can be told, of the same form.
func others(n *source.Node) []*source.Node {
	var texts []string
	switch n.Kind {
	case source.Bool:
		texts = []string{map[string]string{"true": "false", "false": "true"}[n.Text]}
	case source.Int:
		texts = integers(n.Text)
	case source.Float:
		texts = []string{n.Text + "1", "0.5"}
	case source.String:
		texts = strs(n.Text)
	default:
		return nil
	}
	var trials []*source.Node
	for _, text := range texts {
		other := *n
		other.Text = text
		trials = append(trials, &other)
	}
	return trials
}

func integers(text string) []string {
	i, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return []string{"1", "0"}
	}
	texts := []string{strconv.FormatInt(i+1, 10), strconv.FormatInt(i*2+10, 10), strconv.FormatInt(i-1, 10)}
	if i != 0 {
		texts = append(texts, "0")
	}
	return texts
}

// strs are other strings: with another digit, which quantities, versions and durations take, or longer by a letter, which names
// and paths take.
func strs(text string) []string {
	switch text {
	case "":
		return []string{"x", "1"}
	case "true":
		return []string{"false"}
	case "false":
		return []string{"true"}
	}
	var texts []string
	if i := strings.IndexAny(text, "0123456789"); i >= 0 {
		end := i
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		last := text[end-1]
		for _, digit := range []byte{last + 1, last - 1} {
			if digit >= '1' && digit <= '9' {
				texts = append(texts, text[:end-1]+string(digit)+text[end:])
			}
		}
	}
	return append(texts, text+"x", "x"+text, "")
}

// with is a tree with other values in place of some leaves, by their place among leavesOf.
func with(root *source.Node, changes map[int]*source.Node) *source.Node {
	c := changer{changes: changes}
	return c.node(root)
}

type changer struct {
	changes map[int]*source.Node
	next    int
}

func (c *changer) node(n *source.Node) *source.Node {
	if n.Kind.Scalar() {
		if len(others(n)) == 0 {
			return n
		}
		c.next++
		if other := c.changes[c.next-1]; other != nil {
			return other
		}
		return n
	}
	out := n
	for i, item := range n.Items {
		changed := c.node(item)
		if changed == item {
			continue
		}
		if out == n {
			copied := *n
			copied.Items = slices.Clone(n.Items)
			out = &copied
		}
		out.Items[i] = changed
	}
	return out
}
