package schema

import (
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// editors is the draft that loose schemas are written in: the newest that yaml-language-server knows.
const editors = "http://json-schema.org/draft-07/schema#"

// Loose is the schema for one layer file, for editors. A layer is partial, so what a value must have is left out at every
// depth, and so is what only the merged tree can tell: numbers of properties, conditions, exclusions and x-validations. Of several branches any
// may fit. Everything may be null, which removes it. Typos are still found: a closed map stays closed. Only is the path
// outside of which the layer may set nothing; nil: it may set anything.
func (s *Schema) Loose(only []string) *source.Node {
	out := &source.Node{Kind: source.Map}
	if s.united != nil && s.compiled != nil {
		l := newLoosener(s)
		out = l.root(s.united)
		if len(only) > 0 {
			out = l.fence(out, only)
		}
		out = referring(out)
	}
	return set(out, "$schema", &source.Node{Kind: source.String, Text: editors})
}

// loosener knows of every schema what its own keywords do not tell.
type loosener struct {
	compiled  *compiled
	strict    *source.Node // the document that is loosened
	addresses addresses
	choice    map[string]bool // by location: part of a choice, so a layer may remove what belongs to another branch
}

func newLoosener(s *Schema) *loosener {
	l := &loosener{compiled: s.compiled, strict: s.united, addresses: addressesOf(s.united), choice: map[string]bool{}}
	for _, s := range l.compiled.schemas {
		for _, branches := range [][]*jsonschema.Schema{s.AnyOf, s.OneOf} {
			if onlyBranch(branches) {
				continue
			}
			for _, b := range branches {
				l.choose(b)
			}
		}
	}
	return l
}

func (l *loosener) choose(s *jsonschema.Schema) {
	if s == nil || l.choice[s.Location] {
		return
	}
	l.choice[s.Location] = true
	for _, below := range subschemas(s) {
		l.choose(below)
	}
}

// root loosens the whole; what otomi.yaml and the core set is not for layers.
func (l *loosener) root(n *source.Node) *source.Node {
	out := without(l.schema(n, nil), "$schema", "$id")
	properties := out.Get("properties")
	if properties == nil || properties.Kind != source.Map {
		properties = &source.Node{Kind: source.Map}
	}
	for _, name := range []string{"cluster", "derived"} {
		properties = set(properties, name, &source.Node{Kind: source.Bool, Text: "false"})
	}
	return set(out, "properties", properties)
}

// schema loosens one schema; the path is its place in the document.
func (l *loosener) schema(n *source.Node, path []string) *source.Node {
	location := address + "#" + fragment(path)
	if isBool(n, false) && l.choice[location] {
		return onlyNull()
	}
	if n.Kind != source.Map {
		return n
	}
	out := &source.Node{Kind: source.Map, File: n.File, Line: n.Line, Col: n.Col}
	for i, k := range n.Keys {
		if k.Name == "items" && n.Get("prefixItems") != nil {
			continue // draft 7 applies it to all items
		}
		if name, v := l.keyword(k.Name, n.Items[i], path); v != nil {
			out = l.add(out, name, v, location)
		}
	}
	return siblings(l.closed(out, n, location))
}

// add adds a keyword, which may be there already under its other name.
func (l *loosener) add(out *source.Node, name string, v *source.Node, location string) *source.Node {
	switch {
	case name == "minItems" && l.compiled.merged[location]:
		return out
	case name == "additionalProperties" && isBool(v, false) && l.choice[location]:
		return set(out, name, onlyNull())
	case (name == "anyOf" || name == "enum") && out.Get(name) != nil:
		return set(out, "allOf", alsoAll(out, set(&source.Node{Kind: source.Map}, name, v)))
	default:
		return set(out, name, v)
	}
}

// keyword loosens what one keyword says, and may give it another name; nil: only the merged tree can tell.
func (l *loosener) keyword(name string, v *source.Node, path []string) (string, *source.Node) {
	switch name {
	case "$ref":
		return name, l.reference(v)
	case "required", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "dependencies", "not", "if", "then", "else",
		"contains", "minContains", "maxContains", "unevaluatedProperties", "unevaluatedItems", "prefixItems", "additionalItems",
		"$dynamicRef", "$recursiveRef", "nullable", "x-validations":
		return name, nil
	case "type":
		return name, withNull(v, &source.Node{Kind: source.String, Text: "null"})
	case "enum":
		return name, l.oneOf(v, path)
	case "const":
		return "enum", l.oneOf(listOf(v), path)
	}
	below := below(path, name)
	if name == "oneOf" {
		name = "anyOf"
	}
	switch shape := shapeOf(name, v); {
	case name == "items" && shape == listSchemas:
		return name, nil // what differs by place is left to the strict check
	case shape == oneSchema:
		return name, l.schema(v, below)
	case shape == listSchemas && v.Kind == source.List, shape == mapSchemas && v.Kind == source.Map:
		return name, l.members(v, below)
	default:
		return name, v
	}
}

// oneOf loosens the list of the values that are allowed; nil: a layer may set a part of one.
func (l *loosener) oneOf(values *source.Node, path []string) *source.Node {
	partial := func(n *source.Node) bool {
		return n.Kind == source.Map || n.Kind == source.List && l.compiled.merged[address+"#"+fragment(path)]
	}
	if slices.ContainsFunc(values.Items, partial) {
		return nil
	}
	return withNull(values, &source.Node{})
}

// members loosens the schemas of a list or of a map.
func (l *loosener) members(n *source.Node, path []string) *source.Node {
	out := *n
	out.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		name := strconv.Itoa(i)
		if n.Kind == source.Map {
			name = n.Keys[i].Name
		}
		out.Items[i] = l.schema(item, below(path, name))
	}
	return &out
}

// closed writes out what unevaluatedProperties sees, which is no keyword of draft 7: the properties of all parts and branches.
func (l *loosener) closed(out, n *source.Node, location string) *source.Node {
	rest, s := n.Get("unevaluatedProperties"), l.compiled.schemas[location]
	if rest == nil || s == nil || n.Get("additionalProperties") != nil {
		return out
	}
	rest = l.schema(rest, append(pathOf(location), "unevaluatedProperties"))
	if isBool(rest, false) && l.choice[location] {
		rest = onlyNull()
	}
	facets := expand([]facet{{schema: s}})
	for i := 0; i < len(facets); i++ {
		facets = expand(append(facets, facet{schema: facets[i].schema.If})) // a condition sees properties too
	}
	for _, f := range facets {
		if f.schema != s && (f.schema.AdditionalProperties == true || f.schema.UnevaluatedProperties != nil || others(f.schema) != nil) {
			return out // it may see all properties, so nothing is left
		}
		for _, name := range sortedKeys(f.schema.Properties) {
			out = mention(out, "properties", source.Key{Name: name})
		}
		for _, p := range patterns(f.schema) {
			out = mention(out, "patternProperties", source.Key{Name: p.String()})
		}
	}
	return set(out, "additionalProperties", rest)
}

// mention adds a property of which nothing is said.
func mention(n *source.Node, keyword string, name source.Key) *source.Node {
	named := n.Get(keyword)
	switch {
	case named == nil:
		named = &source.Node{Kind: source.Map}
	case named.Kind != source.Map || named.Get(name.Name) != nil:
		return n
	}
	return set(n, keyword, put(named, name, &source.Node{Kind: source.Map}))
}

// withNull adds null to the types or values that a schema allows.
func withNull(v, null *source.Node) *source.Node {
	if v.Kind != source.List {
		v = &source.Node{Kind: source.List, File: v.File, Line: v.Line, Col: v.Col, Items: []*source.Node{v}}
	}
	return union(v, listOf(null))
}

func onlyNull() *source.Node {
	return set(&source.Node{Kind: source.Map}, "type", &source.Node{Kind: source.String, Text: "null"})
}

// alsoAll is the schema's allOf with more parts.
func alsoAll(n *source.Node, more ...*source.Node) *source.Node {
	all := n.Get("allOf")
	if all == nil || all.Kind != source.List {
		return listOf(more...)
	}
	return listOf(slices.Concat(all.Items, more)...)
}
