package schema

import (
	"strings"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// Words are the strings that the schema allows at a path where it lists them, as far as they stand in its properties and
// definitions: none where anything else goes, and none behind conditions.
func (s *Schema) Words(path ...string) []string {
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
	var words []string
	if list := n.Get("enum"); list != nil {
		for _, word := range list.Items {
			if word.Kind == source.String {
				words = append(words, word.Text)
			}
		}
	}
	return words
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
