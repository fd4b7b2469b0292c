package schema

import (
	"errors"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Check finds everything in a merged tree that the schema does not accept, at the place of the value, or of the key that
// should not be there, and what must not stand in plain files. No finding shows a value that came from a secret file.
func (s *Schema) Check(tree *values.Tree) diag.Findings { return s.CheckBesides(tree, nil) }

// CheckBesides is Check where errors of the layers are known: it leaves out what would only say again that a value is wrong.
// What is outside a fence is not in the tree, so that nothing is said of it again.
// A secret in a plain file is a mistake of its own, whatever else is wrong with the value.
func (s *Schema) CheckBesides(tree *values.Tree, known diag.Findings) diag.Findings {
	if s.compiled == nil || tree == nil || tree.Root == nil {
		return nil
	}
	secrets := s.plainSecrets(tree.Layers)
	out := slices.Clone(secrets)
	var failed *jsonschema.ValidationError
	if errors.As(s.compiled.validate(tree.Root.Value()), &failed) {
		c := checker{root: tree.Root, compiled: s.compiled}
		violations := slices.DeleteFunc(c.collect(failed, nil), func(v violation) bool {
			_, incomplete := v.kind.(*kind.Required)
			return incomplete && tree.Nameless(v.path...)
		})
		merged := slices.DeleteFunc(slices.Clone(known), func(f diag.Finding) bool { return f.Rule == values.OutsideFence })
		out = append(out, c.findings(settled(c.evaluated(violations))).Besides(merged)...)
		out = out.Hush(places(secrets))
		out.Sort()
	}
	return out
}

// checker turns what the library reports of one document into findings.
type checker struct {
	root     *source.Node
	compiled *compiled // nil: the document is a schema itself
}

// violation is one thing that a value breaks.
type violation struct {
	kind    jsonschema.ErrorKind
	path    []string
	schemas []string // locations of the schemas of this value, from the property's own to the one that is broken
}

// schema is the location of the schema that is broken.
func (v violation) schema() string { return v.schemas[len(v.schemas)-1] }

// trail are the schemas that led to an error without leaving the value.
type trail struct {
	depth   int
	schemas []string
}

func (t *trail) enter(e *jsonschema.ValidationError) *trail {
	if t == nil || t.depth != len(e.InstanceLocation) {
		return &trail{len(e.InstanceLocation), []string{e.SchemaURL}}
	}
	return &trail{t.depth, below(t.schemas, e.SchemaURL)}
}

// collect flattens the library's tree of errors to what a person has to fix: of several branches, only the one that was
// meant.
func (c *checker) collect(e *jsonschema.ValidationError, above *trail) []violation {
	here := above.enter(e)
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.AllOf, *kind.Reference:
		var all []violation
		for _, cause := range e.Causes {
			all = append(all, c.collect(cause, here)...)
		}
		return all
	case *kind.AnyOf:
		return c.branches(e, here)
	case *kind.OneOf:
		if len(k.Subschemas) == 0 {
			return c.branches(e, here)
		}
	case *kind.PropertyNames:
		return nil // of a schema: its place is not to be relied on, and lint finds what it is about
	}
	n := c.root.Lookup(e.InstanceLocation...)
	if n != nil && isPlaceholder(n) {
		return nil // nobody can say what the secret is
	}
	return []violation{{kind: e.ErrorKind, path: e.InstanceLocation, schemas: here.schemas}}
}

func isPlaceholder(n *source.Node) bool {
	return n.Kind == source.String && n.Text == values.Placeholder
}

// findings words the violations, each once, in the order of their places.
func (c *checker) findings(violations []violation) diag.Findings {
	type identity struct {
		rule, path, message string
		at                  diag.Position
	}
	seen := map[identity]bool{}
	var out diag.Findings
	for _, v := range violations {
		for _, f := range c.word(v) {
			id := identity{f.Rule, f.Path, f.Message, f.At}
			if !seen[id] {
				seen[id] = true
				out = append(out, f)
			}
		}
	}
	out.Sort()
	return out
}

// at is the place of a value for messages about the whole of it: a map's is that of its key, because a map has no other
// line of its own.
func (c *checker) at(path []string) diag.Position {
	n := c.root.Lookup(path...)
	if n == nil || n.Kind != source.Map || len(path) == 0 {
		return n.At()
	}
	if at := c.keyAt(path[:len(path)-1], path[len(path)-1]); !at.IsZero() {
		return at
	}
	return n.At()
}

// written is the place of the value, or of the closest around it that a layer wrote: what is missing has no place of its
// own, and defaults are none that users edit. Where no layer wrote any, it is the schema's.
func (c *checker) written(path []string, schema diag.Position) diag.Position {
	for i := len(path); i >= 0; i-- {
		if at := c.at(path[:i]); !at.IsZero() && !c.compiled.wrote(at) {
			return at
		}
	}
	return schema
}

// keyAt is the place of a map's key.
func (c *checker) keyAt(path []string, name string) diag.Position {
	parent := c.root.Lookup(path...)
	if i, found := parent.Find(name); found {
		return parent.Keys[i].At()
	}
	return diag.Position{}
}

// description is what the schema says a value is: the property's own words before those of what it refers to.
func (c *checker) description(locations []string) *source.Node {
	var facets []facet
	for _, location := range locations {
		if d := c.describedAt(location); d != nil {
			return d
		}
		if c.compiled != nil && c.compiled.schemas[location] != nil {
			facets = append(facets, facet{schema: c.compiled.schemas[location]})
		}
	}
	for _, f := range expand(facets) {
		if d := c.describedAt(f.schema.Location); d != nil && !f.maybe {
			return d
		}
	}
	return nil
}

func (c *checker) describedAt(location string) *source.Node {
	if d := c.compiled.node(location).Get("description"); text(d) != "" && !d.At().IsZero() {
		return d
	}
	return nil
}
