package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// address is what the compiler knows the document by; nothing is ever fetched from it.
const address = "otomi:///values.schema.json"

// compiled is the schema in the form that checks values, and the document that it was compiled from: the places.
type compiled struct {
	root    *jsonschema.Schema
	doc     *source.Node
	schemas map[string]*jsonschema.Schema // by location
	files   map[string]bool               // by name: those that it was read from
	budget  *budget                       // of rules; nil: there are none
	merged  map[string]bool               // by location: of a list that layers add to, so none of them has all items
}

// compile compiles the united schema. What is wrong with it is added to what was found before.
func compile(united *source.Node, files []*source.File, findings diag.Findings) (*compiled, diag.Findings) {
	doc := modern(united)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.UseLoader(offline{})
	if err := compiler.AddResource(address, doc.Value()); err != nil {
		return nil, append(findings, diag.Errorf(invalid, doc.At(), "compile schema: %v", err))
	}
	root, err := compiler.Compile(address)
	if err != nil {
		return nil, append(findings, invalidSchema(doc, err, findings)...)
	}
	c := &compiled{root: root, doc: doc, schemas: map[string]*jsonschema.Schema{}, files: map[string]bool{}, merged: map[string]bool{}}
	for _, f := range files {
		c.files[f.Name] = true
	}
	c.index(root)
	return c, append(findings, c.addRules()...)
}

// offline keeps the compiler from reading files and the network.
type offline struct{}

// Load refuses.
func (offline) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is another file, and schemas are read without the network", url)
}

// invalidSchema says where a schema breaks the rules of JSON Schema, without what is known already.
func invalidSchema(doc *source.Node, err error, known diag.Findings) diag.Findings {
	var invalidDoc *jsonschema.SchemaValidationError
	var failed *jsonschema.ValidationError
	if !errors.As(err, &invalidDoc) || !errors.As(invalidDoc.Err, &failed) {
		if known.Failed() {
			return nil // the compiler stops at the first of what was found before
		}
		return uncompiled(doc, err)
	}
	check := checker{root: doc}
	var findings diag.Findings
	for _, f := range check.findings(check.collect(failed, nil)) {
		if !slices.ContainsFunc(known, func(k diag.Finding) bool { return k.At == f.At }) {
			f.Rule = invalid
			findings = append(findings, f)
		}
	}
	return findings
}

// uncompiled says why the compiler gave up: at a reference to another file, where that is known.
func uncompiled(doc *source.Node, err error) diag.Findings {
	var findings diag.Findings
	var load *jsonschema.LoadURLError
	if errors.As(err, &load) {
		walk(doc, nil, func(n *source.Node, path []string) {
			if to, _, _ := strings.Cut(text(n.Get("$ref")), "#"); to != "" && strings.HasSuffix(load.URL, to) {
				findings = append(findings, outside(n.Get("$ref"), path))
			}
		})
	}
	if len(findings) == 0 {
		return diag.Findings{diag.Errorf(invalid, doc.At(), "compile schema: %v", err)}
	}
	return findings
}

// index finds every schema by its location, and takes over the check of keys from the library, which reports them at
// places that later checks overwrite.
func (c *compiled) index(s *jsonschema.Schema) {
	if s == nil || c.schemas[s.Location] != nil {
		return
	}
	c.schemas[s.Location] = s
	for _, below := range subschemas(s) {
		c.index(below)
	}
	if s.PropertyNames != nil {
		s.Extensions = append(s.Extensions, keyNames{s.PropertyNames})
		s.PropertyNames = nil
	}
}

// subschemas are the schemas that a schema refers to; some may be nil.
func subschemas(s *jsonschema.Schema) []*jsonschema.Schema {
	out := []*jsonschema.Schema{
		s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.Contains, s.Items2020,
		s.UnevaluatedProperties, s.UnevaluatedItems,
	}
	if s.DynamicRef != nil {
		out = append(out, s.DynamicRef.Ref)
	}
	if o, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		out = append(out, o)
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems} {
		out = append(out, list...)
	}
	for _, named := range []map[string]*jsonschema.Schema{s.Properties, s.DependentSchemas} {
		for _, below := range named {
			out = append(out, below)
		}
	}
	for _, below := range s.PatternProperties {
		out = append(out, below)
	}
	return out
}

// wrote reports whether the place is in a schema.
func (c *compiled) wrote(at diag.Position) bool { return c != nil && c.files[at.File] }

// node is the place of a schema in the document, by its location; nil where it is of another document.
func (c *compiled) node(location string) *source.Node {
	if c == nil {
		return nil
	}
	fragment, found := strings.CutPrefix(location, address+"#")
	path, ok := pointer(fragment)
	if !found || !ok {
		return nil
	}
	return c.doc.Lookup(path...)
}

// keyNames checks a map's keys: the keyword propertyNames.
type keyNames struct{ schema *jsonschema.Schema }

// Validate reports keys that the schema refuses.
func (k keyNames) Validate(ctx *jsonschema.ValidatorContext, v any) {
	m, _ := v.(map[string]any)
	for _, name := range sortedKeys(m) {
		var failed *jsonschema.ValidationError
		if errors.As(k.schema.Validate(name), &failed) {
			ctx.AddError(&badKey{PropertyNames: kind.PropertyNames{Property: name}, why: failed})
		}
	}
}

// badKey is a key that propertyNames refuses.
type badKey struct {
	kind.PropertyNames
	why *jsonschema.ValidationError
}
