package schema_test

import (
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// FuzzUnite unites two schemas, merges a layer by their rules and checks it. Whatever they say, this ends without a panic,
// says the same twice, and a layer that is right by itself is right for editors.
func FuzzUnite(f *testing.F) {
	f.Add(`{properties: {a: {type: string}}}`, `{properties: {a: {type: string}}}`, `{a: 1}`)
	f.Add(`{$ref: "#", allOf: [{$ref: "#/properties/a"}], properties: {a: {$ref: "#"}}}`, `{}`, `{a: {a: {}}}`)
	f.Add(`{properties: {apps: {$ref: "#/$defs/x"}}, $defs: {x: {$ref: "#/$defs/x"}}}`, `{items: [{}, 1], nullable: true}`, `{apps: {a: {}}}`)
	f.Add(`{oneOf: [{required: [a]}, {required: [b]}, {not: {required: [b]}}], dependencies: {a: [b], c: {}}}`, `{not: {const: 1}}`, `{b: null}`)
	f.Add(`{x-validations: [{rule: "self.a < self.b"}], properties: {a: {type: integer}}}`, `{properties: {b: {type: number}}}`, `{a: 1, b: 0.5}`)
	f.Add(`{x-validations: [{rule: "has(self.a)", messageExpression: "self.b"}], additionalProperties: {x-secret: true}}`, `{}`, `{b: x}`)
	f.Add(`{properties: {a: {x-validations: [{rule: "self.all(x, x > 1)", fieldPath: ".a['b']"}], items: {type: integer}}}}`, `{}`, `{a: [1]}`)
	f.Add(`{unevaluatedProperties: false, anyOf: [{properties: {a: {}}}], oneOf: [{const: 1}, {enum: [2]}]}`, `{}`, `{a: 1}`)
	f.Add(`{properties: {a: {$ref: "#/$defs/x"}}, $defs: {x: {additionalProperties: false, properties: {b: {items: {$ref: "#/$defs/x"}}}}}}`, `{properties: {a: {allOf: [{$ref: "#/$defs/w"}]}}, $defs: {w: {properties: {b: {items: {$ref: "#/$defs/w"}}, c: {}}}}}`, `{a: {b: [{c: 1}]}}`)
	f.Fuzz(func(t *testing.T, low, high, text string) {
		s, findings := schemaOf(low, high)
		root, more := source.Parse("values.yaml", []byte(text))
		if more.Failed() || root == nil || root.Kind != source.Map {
			return
		}
		tree, merging := values.Merge([]values.Layer{{Root: root, File: root.File}}, s.Rules())
		checked := s.Check(tree)
		if again := s.Check(tree); checked.Error() != again.Error() {
			t.Errorf("Check = %v, then %v", checked, again)
		}
		_ = s.Loose([]string{"a", "b"})
		if findings.Failed() || merging.Failed() || len(checked) > 0 || root.Get("cluster") != nil || root.Get("derived") != nil {
			return
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("layer.json", s.Loose(nil).Value()); err != nil {
			t.Fatal(err)
		}
		loose, err := compiler.Compile("layer.json")
		if err != nil {
			t.Fatalf("Compile(Loose) = %v of %s and %s", err, low, high)
		}
		if err := loose.Validate(root.Value()); err != nil {
			t.Errorf("the layer %s is right and its loose schema says %v", text, err)
		}
	})
}
