package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// maxCopies bounds how many copies are made at once: schemas that people write have some thousands of references.
const maxCopies = 1 << 15

// wide is what the name of a copy ends with, and a number where there are several: it sorts after its original, so what is
// wrong with both is told of that one.
const wide = "_wide"

// copies are changed copies of definitions: a reference leads to one where the definition has to be another for the value
// that refers to it, and stays as it is for other values. What changes a definition in the same way shares the copy, which
// is also how one that refers to itself comes to an end.
type copies struct {
	taken map[string]bool    // names of definitions in all files
	last  map[string]int     // the number of the last copy of a name
	made  []*copied          // in the order in which they were begun
	byKey map[string]*copied // those that are not in the document yet, by reference and what changes the definition
	full  bool               // there would be more than maxCopies
}

// copied is a copy in the making.
type copied struct {
	original string       // a reference
	path     []string     // of the original
	place    []string     // of the copy
	schema   *source.Node // nil: not made yet
}

func (m *copied) ref() string { return "#" + fragment(m.place) }

func newCopies(roots ...*source.Node) *copies {
	c := &copies{taken: map[string]bool{}, last: map[string]int{}, byKey: map[string]*copied{}}
	for _, root := range roots {
		for _, keyword := range definitions() {
			for _, name := range root.Get(keyword).Names() {
				c.taken[name] = true
			}
		}
	}
	return c
}

// definitions are the keywords for schemas that only references lead to.
func definitions() []string { return []string{"$defs", "definitions"} }

// refer lets a schema refer to a copy of what stands at the path, where its reference leads to. What changes the
// definition, why tells apart.
func (c *copies) refer(n *source.Node, path []string, why string, change func() *source.Node) *source.Node {
	ref := n.Get("$ref")
	key := ref.Text + "\x00" + why
	m := c.byKey[key]
	if m == nil {
		if c.full = c.full || len(c.byKey) == maxCopies; c.full {
			return n
		}
		m = &copied{original: ref.Text, path: path, place: c.name(path)}
		c.made, c.byKey[key] = append(c.made, m), m
		m.schema = rewrite(change(), nameless)
	}
	return referTo(n, m.ref())
}

// name is a place beside the original for a copy of it.
func (c *copies) name(path []string) []string {
	keyword, name := "$defs", "root"
	if len(path) > 0 {
		name, _, _ = strings.Cut(path[len(path)-1], wide)
	}
	if len(path) > 0 && path[0] == "definitions" {
		keyword = path[0]
	}
	for name += wide; ; {
		c.last[name]++
		free := name
		if n := c.last[name]; n > 1 {
			free += strconv.Itoa(n)
		}
		if !c.taken[free] {
			c.taken[free] = true
			return []string{keyword, free}
		}
	}
}

// settle adds the copies to the document that refers to them, but for those that came out like their originals.
func (c *copies) settle(doc *source.Node) *source.Node {
	begun := c.made[len(c.made)-len(c.byKey):]
	c.byKey = map[string]*copied{}
	same := map[string]string{} // references to the originals of copies that are no others, by those to the copies
	originals := map[string]*source.Node{}
	for _, m := range begun {
		same[m.ref()] = m.original
		if originals[m.original] == nil {
			originals[m.original] = rewrite(doc.Lookup(m.path...), nameless)
		}
	}
	for changed := true; changed; {
		changed = false
		for _, m := range slices.Backward(begun) { // a copy is another where one that it refers to is
			if same[m.ref()] != "" && !alike(m.schema, originals[m.original], same) {
				delete(same, m.ref())
				changed = true
			}
		}
	}
	others := slices.DeleteFunc(slices.Clone(begun), func(m *copied) bool { return same[m.ref()] != "" })
	return redirect(define(doc, others), same)
}

// define adds copies to a document.
func define(doc *source.Node, copies []*copied) *source.Node {
	for _, keyword := range definitions() {
		named := doc.Get(keyword)
		if named == nil {
			named = &source.Node{Kind: source.Map}
		}
		type definition struct {
			key    source.Key
			schema *source.Node
		}
		var all []definition
		for i, k := range named.Keys {
			all = append(all, definition{k, named.Items[i]})
		}
		for _, m := range copies {
			if m.place[0] == keyword {
				s := m.schema
				all = append(all, definition{source.Key{Name: m.place[1], File: s.File, Line: s.Line, Col: s.Col}, s})
			}
		}
		if named.Kind != source.Map || len(all) == len(named.Keys) {
			continue
		}
		slices.SortFunc(all, func(a, b definition) int { return cmp.Compare(a.key.Name, b.key.Name) })
		more := *named
		more.Keys, more.Items = nil, nil
		for _, d := range all {
			more.Keys, more.Items = append(more.Keys, d.key), append(more.Items, d.schema)
		}
		doc = set(doc, keyword, &more)
	}
	return doc
}

// tidy drops the copies that nothing refers to any more, because copies were made of them, and numbers the others anew.
func (c *copies) tidy(doc *source.Node) *source.Node {
	all := map[string]*copied{}
	names := make([]string, len(c.made))
	for i, m := range c.made {
		all[m.ref()], names[i] = m, m.place[1]
		delete(c.taken, m.place[1])
	}
	bare := undefine(doc, names)
	used := map[*copied]bool{}
	var visit func(n *source.Node, _ []string)
	visit = func(n *source.Node, _ []string) {
		if m := all[text(n.Get("$ref"))]; m != nil && !used[m] {
			used[m] = true
			walk(doc.Lookup(m.place...), nil, visit)
		}
	}
	walk(bare, nil, visit)
	c.last = map[string]int{}
	anew := map[string]string{} // references by what they were
	var left []*copied
	for _, m := range c.made {
		if used[m] {
			now := &copied{place: c.name(m.path), schema: doc.Lookup(m.place...)}
			left = append(left, now)
			if now.ref() != m.ref() {
				anew[m.ref()] = now.ref()
			}
		}
	}
	return redirect(define(bare, left), anew)
}

// redirect has references lead elsewhere.
func redirect(doc *source.Node, to map[string]string) *source.Node {
	if len(to) == 0 {
		return doc
	}
	return rewrite(doc, func(n *source.Node) *source.Node {
		if elsewhere := to[text(n.Get("$ref"))]; elsewhere != "" {
			return referTo(n, elsewhere)
		}
		return n
	})
}

func undefine(doc *source.Node, names []string) *source.Node {
	for _, keyword := range definitions() {
		if named := doc.Get(keyword); named != nil && named.Kind == source.Map && len(names) > 0 {
			doc = set(doc, keyword, without(named, names...))
			if len(doc.Get(keyword).Keys) == 0 {
				doc = without(doc, keyword)
			}
		}
	}
	return doc
}

// alike reports whether two nodes hold the same, wherever they stand; some references lead to the same as others.
func alike(a, b *source.Node, same map[string]string) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	meaning := func(n *source.Node) string {
		if to := same[n.Text]; to != "" {
			return to
		}
		return n.Text
	}
	return a.Kind == b.Kind && meaning(a) == meaning(b) && slices.Equal(a.Names(), b.Names()) &&
		slices.EqualFunc(a.Items, b.Items, func(a, b *source.Node) bool { return alike(a, b, same) })
}

// referTo has a schema's reference lead elsewhere.
func referTo(n *source.Node, to string) *source.Node {
	ref := *n.Get("$ref")
	ref.Text = to
	return set(n, "$ref", &ref)
}

// nameless leaves out what a copy must not have: a name stands for one schema only, and no reference leads into a copy.
func nameless(n *source.Node) *source.Node {
	for _, name := range append(definitions(), "$schema", "$id", "$anchor", "$dynamicAnchor") {
		if n.Get(name) != nil {
			n = without(n, name)
		}
	}
	return n
}
