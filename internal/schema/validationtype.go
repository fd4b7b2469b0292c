package schema

import (
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/cel"
)

// typer derives what CEL knows of values from what holds for them.
type typer struct {
	ruler ruler
	owner map[*jsonschema.Schema]*jsonschema.Schema // of a part or branch: the schema that it is part of
	built map[string]*cel.Type
}

func newTyper(c *compiled) *typer {
	t := &typer{
		ruler: ruler{numbers: map[*jsonschema.Schema]uint32{}},
		owner: map[*jsonschema.Schema]*jsonschema.Schema{}, built: map[string]*cel.Type{},
	}
	for _, location := range sortedKeys(c.schemas) {
		s := c.schemas[location]
		for _, parts := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.If, s.Then, s.Else}} {
			for _, p := range parts {
				if p != nil {
					t.owner[p] = s
				}
			}
		}
	}
	return t
}

// self is the type of the values that a schema is about. A part may speak of what the whole describes.
func (t *typer) self(s *jsonschema.Schema) *cel.Type {
	for t.owner[s] != nil {
		s = t.owner[s]
	}
	return t.of([]facet{{schema: s}})
}

func (t *typer) of(facets []facet) *cel.Type {
	facets = expand(facets)
	if len(facets) == 0 {
		return nil
	}
	key := t.ruler.key(facets, elsewhere)
	if done, ok := t.built[key]; ok {
		return done
	}
	if len(t.built) >= maxRules {
		return nil
	}
	out := &cel.Type{Kind: kindOf(facets)}
	t.built[key] = out
	switch out.Kind {
	case cel.Object:
		t.object(out, facets)
	case cel.List:
		out.Items = t.of(itemsOf(facets))
	}
	return out
}

// object fills in the fields of a map. One whose other keys are described too, or stay open on purpose, is a map of
// anything, or of what they are where nothing else is described.
func (t *typer) object(out *cel.Type, facets []facet) {
	named, open := false, false
	for _, f := range facets {
		named = named || len(f.schema.Properties) > 0
		open = open || len(f.schema.PatternProperties) > 0 || f.schema.AdditionalProperties == true || describesOthers(f)
	}
	switch {
	case named && !open:
		out.Fields = map[string]*cel.Type{}
		for _, f := range facets {
			for name := range f.schema.Properties {
				if _, done := out.Fields[name]; !done {
					out.Fields[name] = nil // a schema that refers to itself asks again
					out.Fields[name] = t.of(direct(facets, name))
				}
			}
		}
	case named:
		out.Kind = cel.Map
	default:
		out.Kind = cel.Map
		for _, f := range facets {
			if len(f.schema.PatternProperties) > 0 {
				return
			}
		}
		out.Items = t.of(rest(facets, nil))
	}
}

func describesOthers(f facet) bool {
	o := others(f.schema)
	return o != nil && (o.Bool == nil || *o.Bool)
}

func itemsOf(facets []facet) []facet {
	var out []facet
	for _, f := range facets {
		if len(f.schema.PrefixItems) > 0 {
			return nil
		}
		if f.schema.Items2020 != nil {
			out = append(out, f.of(f.schema.Items2020))
		}
	}
	return out
}

// kindOf is the one kind that a value may be of, else Any.
func kindOf(facets []facet) cel.Kind {
	kinds := map[string]bool{}
	for _, f := range facets {
		if f.schema.Types != nil {
			for _, name := range f.schema.Types.ToStrings() {
				kinds[name] = true
			}
		} else if len(f.schema.Properties) > 0 || len(f.schema.PatternProperties) > 0 || describesOthers(f) {
			kinds["object"] = true
		}
	}
	if len(kinds) != 1 {
		return cel.Any
	}
	return map[string]cel.Kind{
		"boolean": cel.Bool, "integer": cel.Int, "number": cel.Double, "string": cel.String, "array": cel.List, "object": cel.Object,
	}[sortedKeys(kinds)[0]]
}
