package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// facet is one of the schemas that hold for a value.
type facet struct {
	schema *jsonschema.Schema
	maybe  bool // it holds in one branch of anyOf, oneOf, if: its defaults do not count
	some   bool // it holds for some items of a list
}

// of is another schema that holds as surely as this one.
func (f facet) of(s *jsonschema.Schema) facet { return facet{s, f.maybe, f.some} }

// expand adds the schemas that hold for the same value, nearest first: what $ref and allOf lead to, then branches.
func expand(facets []facet) []facet {
	var out []facet
	var add func(s *jsonschema.Schema, maybe, some bool)
	add = func(s *jsonschema.Schema, maybe, some bool) {
		f := facet{s, maybe, some}
		if s == nil || slices.Contains(out, f) || slices.Contains(out, facet{schema: s}) {
			return
		}
		out = append(out, f)
		add(s.Ref, maybe, some)
		if s.DynamicRef != nil {
			add(s.DynamicRef.Ref, maybe, some)
		}
		for _, part := range s.AllOf {
			add(part, maybe, some)
		}
		for _, branches := range [][]*jsonschema.Schema{s.AnyOf, s.OneOf} {
			choice := !onlyBranch(branches)
			for _, b := range branches {
				add(b, maybe || choice || isNull(b), some)
			}
		}
		add(s.Then, true, some)
		add(s.Else, true, some)
		for _, name := range sortedKeys(s.DependentSchemas) {
			add(s.DependentSchemas[name], true, some)
		}
	}
	for _, f := range facets {
		add(f.schema, f.maybe, f.some)
	}
	return out
}

// onlyBranch reports whether there is no choice but null: the idiom for a value that may be null.
func onlyBranch(branches []*jsonschema.Schema) bool {
	others := 0
	for _, b := range branches {
		if !isNull(b) {
			others++
		}
	}
	return others == 1
}

// isNull reports whether a schema holds for null alone.
func isNull(s *jsonschema.Schema) bool { return s.Types != nil && s.Types.String() == "[null]" }

// member is what holds for a map's member, of what holds for the map. Both are expanded.
func member(facets []facet, name string) []facet {
	return expand(direct(expand(facets), name))
}

// direct are the schemas that expanded facets give a member.
func direct(facets []facet, name string) []facet {
	var out []facet
	for _, f := range facets {
		matched := false
		if p := f.schema.Properties[name]; p != nil {
			out, matched = append(out, f.of(p)), true
		}
		for _, p := range patterns(f.schema) {
			if p.MatchString(name) {
				out, matched = append(out, f.of(f.schema.PatternProperties[p])), true
			}
		}
		if o := others(f.schema); o != nil && !matched {
			out = append(out, f.of(o))
		}
	}
	return out
}

// others is what holds for members that no property or pattern describes, or nil.
func others(s *jsonschema.Schema) *jsonschema.Schema {
	switch o := s.AdditionalProperties.(type) {
	case *jsonschema.Schema:
		return o
	case bool:
		return nil
	default:
		return s.UnevaluatedProperties
	}
}

// patterns are the schema's patterns in order.
func patterns(s *jsonschema.Schema) []jsonschema.Regexp {
	out := make([]jsonschema.Regexp, 0, len(s.PatternProperties))
	for p := range s.PatternProperties {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b jsonschema.Regexp) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// describes reports whether a property or pattern of the schema is about the name.
func describes(s *jsonschema.Schema, name string) bool {
	if s.Properties[name] != nil {
		return true
	}
	return slices.ContainsFunc(patterns(s), func(p jsonschema.Regexp) bool { return p.MatchString(name) })
}

// apps are the schemas of the map of all apps.
func (c *compiled) apps() []facet { return member([]facet{{schema: c.root}}, "apps") }

func (c *compiled) describesApp(name string) bool {
	return slices.ContainsFunc(c.apps(), func(f facet) bool { return describes(f.schema, name) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
