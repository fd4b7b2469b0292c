package schema

import (
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// Words are the strings that the schema allows at a path where it lists them, as far as At finds them.
func (s *Schema) Words(path ...string) []string {
	var words []string
	if list := s.At(path...).Get("enum"); list != nil {
		for _, word := range list.Items {
			if word.Kind == source.String {
				words = append(words, word.Text)
			}
		}
	}
	return words
}

// At is what the schema says of a path, as far as it stands in its properties and definitions: nil where anything goes, and
// nothing of what stands behind conditions.
func (s *Schema) At(path ...string) *source.Node {
	n := s.follow(s.Document(), 0)
	for _, name := range path {
		next := n.Get("properties").Get(name)
		if next == nil {
			next = n.Get("items")
		}
		if next == nil {
			next = n.Get("additionalProperties")
		}
		n = s.follow(next, 0)
	}
	return n
}

// follow is the schema that a reference within the document leads to.
func (s *Schema) follow(n *source.Node, depth int) *source.Node {
	const most = 32 // references may go in circles
	reference := n.Get("$ref")
	if reference == nil || depth > most {
		return n
	}
	to, within := strings.CutPrefix(reference.Text, "#/")
	if !within {
		return nil
	}
	return s.follow(s.Document().Lookup(strings.Split(to, "/")...), depth+1)
}
