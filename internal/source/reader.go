package source

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// reader turns the parser's nodes into ours. It knows beforehand how many there are and takes them from three slabs,
// because a file is kept or dropped as a whole.
type reader struct {
	file     *File
	findings diag.Findings
	anchors  map[*yaml.Node]*anchor // nil in most files
	deepest  int                    // level reached so far in the anchored value being read, aliases followed
	tooDeep  bool                   // reported, once
	size     size                   // of what is read so far, aliases expanded
	aliased  size                   // of what aliases stand for so far
	bomb     bool                   // reported, once
	none     *Node                  // stands in for what cannot be read

	nodes []Node
	keys  []Key
	items []*Node
	sort  []field // scratch of mapping
}

// anchor is a value that aliases may stand for. The value is shared, and its size and height are counted at every alias as
// if it were not, since whoever walks the tree walks it that often.
type anchor struct {
	node   *Node // nil while it is being read: an alias to it there has no end
	size   size  // aliases expanded
	height int   // levels in it, aliases followed
}

// size is how much somebody has to do who walks a tree.
type size struct{ values, text int }

func (s *size) add(more size) { s.values, s.text = s.values+more.values, s.text+more.text }

func newReader(file *File, root *yaml.Node) *reader {
	var nodes, keys, items int
	count(root, &nodes, &keys, &items)
	return &reader{file: file, none: &Node{File: file}, nodes: make([]Node, nodes), keys: make([]Key, keys), items: make([]*Node, items)}
}

func count(y *yaml.Node, nodes, keys, items *int) {
	if y.Kind == yaml.AliasNode {
		return
	}
	*nodes++
	switch y.Kind {
	case yaml.MappingNode:
		*keys += len(y.Content) / 2
		*items += len(y.Content) / 2
		for i := 1; i < len(y.Content); i += 2 {
			count(y.Content[i], nodes, keys, items)
		}
	case yaml.SequenceNode:
		*items += len(y.Content)
		for _, c := range y.Content {
			count(c, nodes, keys, items)
		}
	}
}

func (r *reader) fail(f diag.Finding) { r.findings = append(r.findings, f) }

func (r *reader) at(y *yaml.Node) diag.Position {
	return diag.Position{File: r.file.Name, Line: y.Line, Col: y.Column}
}

func (r *reader) node(y *yaml.Node, level int) *Node {
	if y.Kind == yaml.AliasNode {
		return r.alias(y, level)
	}
	if !r.enter(y, level) {
		return r.none
	}
	if y.Anchor == "" {
		return r.value(y, level)
	}
	if r.anchors == nil {
		r.anchors = map[*yaml.Node]*anchor{}
	}
	a := &anchor{}
	r.anchors[y] = a
	before, deepest := r.size, r.deepest
	r.deepest = level
	a.node = r.value(y, level)
	a.size = size{r.size.values - before.values, r.size.text - before.text}
	a.height = r.deepest - level
	r.deepest = max(r.deepest, deepest)
	return a.node
}

// enter notes that the tree reaches a level, and reports the first value that is too deep.
func (r *reader) enter(y *yaml.Node, level int) bool {
	if level > maxDepth && !r.tooDeep {
		r.tooDeep = true
		r.fail(diag.Errorf("too-deep", r.at(y), "more than %d levels of nesting", maxDepth))
	}
	r.deepest = max(r.deepest, level)
	return level <= maxDepth
}

func (r *reader) value(y *yaml.Node, level int) *Node {
	r.size.add(size{1, len(y.Value)})
	n := &r.nodes[0]
	r.nodes = r.nodes[1:]
	n.File, n.Line, n.Col = r.file, int32(y.Line), int32(y.Column)
	switch y.Kind {
	case yaml.MappingNode:
		n.Kind = Map
		r.tag(y, n)
		r.mapping(y, n, level)
	case yaml.SequenceNode:
		n.Kind = List
		r.tag(y, n)
		n.Items = r.items[:len(y.Content):len(y.Content)]
		r.items = r.items[len(y.Content):]
		for i, c := range y.Content {
			n.Items[i] = r.node(c, level+1)
		}
	default:
		if f := resolve(y, n); f != nil {
			r.fail(*f)
		}
	}
	return n
}

func (r *reader) alias(y *yaml.Node, level int) *Node {
	a := r.anchors[y.Alias]
	if a == nil { // below what was too deep
		return r.none
	}
	if a.node == nil {
		r.fail(diag.Errorf("alias-cycle", r.at(y), "the alias %sstands inside the value that it names", r.file.show("*"+y.Value+" ", "")))
		return r.none
	}
	if !r.enter(y, level+a.height) {
		return r.none
	}
	if !r.expand(y, a.size) {
		return r.none
	}
	return a.node
}

// expand counts what an alias stands for, and reports the first that makes it too much.
func (r *reader) expand(y *yaml.Node, s size) bool {
	r.aliased.add(s)
	limit := ""
	switch {
	case r.aliased.values > maxAlias:
		limit = fmt.Sprintf("%d values", maxAlias)
	case r.aliased.text > MaxBytes:
		limit = fmt.Sprintf("%d bytes of text", MaxBytes)
	default:
		r.size.add(s)
		return true
	}
	if !r.bomb {
		r.bomb = true
		r.fail(diag.Errorf("alias-bomb", r.at(y), "the aliases of this file stand for more than %s", limit))
	}
	return false
}

// tag accepts !replace and the tag that the collection has anyway.
func (r *reader) tag(y *yaml.Node, n *Node) {
	if y.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch tag := y.ShortTag(); {
	case tag == "!replace":
		n.Replace = true
	case tag == "!!map" && n.Kind == Map, tag == "!!seq" && n.Kind == List:
	default:
		r.fail(diag.Errorf("unknown-tag", r.at(y), "%s cannot be used on %s", r.file.show("tag "+tag, "this tag"), n.Kind.Article()).
			WithHint("leave the tag out: !replace is the only one that means something here"))
	}
}
