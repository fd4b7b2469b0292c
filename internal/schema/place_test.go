package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestSecretPlaces has x-secret in every place where a schema can describe a value.
func TestSecretPlaces(t *testing.T) {
	const draft7 = `$schema: "http://json-schema.org/draft-07/schema#", `
	for _, test := range []struct{ name, schema, tree, want string }{
		{"items", `{properties: {l: {items: {x-secret: true}}}}`, `{l: [p, p], o: x}`, "l[0] l[1]"},
		{"prefixItems: all items", `{properties: {l: {prefixItems: [{type: string}, {x-secret: true}]}}}`, `{l: [x, p, p]}`, "l[0] l[1] l[2]"},
		{"prefixItems, deeper", `{properties: {l: {prefixItems: [{}, {properties: {key: {x-secret: true}}}]}}}`, `{l: [x, {key: p, o: x}]}`, "l[1].key"},
		{"items after prefixItems", `{properties: {l: {prefixItems: [{}], items: {properties: {key: {x-secret: true}}}}}}`, `{l: [x, {key: p}]}`, "l[1].key"},
		{"items of draft 7 as a list", `{` + draft7 + `properties: {l: {items: [{type: string}, {x-secret: true}]}}}`, `{l: [x, p]}`, "l[0] l[1]"},
		{"additionalItems of draft 7", `{` + draft7 + `properties: {l: {items: [{}], additionalItems: {x-secret: true}}}}`, `{l: [x, p]}`, "l[0] l[1]"},
		{"contains", `{properties: {l: {contains: {properties: {key: {x-secret: true}}}}}}`, `{l: [{o: x}, {key: p}]}`, "l[1].key"},
		{"unevaluatedItems", `{properties: {l: {prefixItems: [{}], unevaluatedItems: {x-secret: true}}}}`, `{l: [x, p]}`, "l[0] l[1]"},
		{"a tuple in a branch", `{properties: {l: {anyOf: [{type: string}, {prefixItems: [{$ref: "#/$defs/s"}]}]}}, $defs: {s: {x-secret: true}}}`, `{l: [p]}`, "l[0]"},
		{"unevaluatedProperties", `{properties: {a: {}}, unevaluatedProperties: {x-secret: true}}`, `{a: x, b: p}`, "b"},
		{"two patterns", `{patternProperties: {"^p": {type: string}, "w$": {x-secret: true}}}`, `{pw: p, pa: x, aw: p, other: x}`, "aw pw"},
		{"two patterns and the rest", `{patternProperties: {"^p": {}, "w$": {}}, additionalProperties: {x-secret: true}}`, `{pw: x, pa: x, aw: x, other: p}`, "other"},
		{
			"two patterns of two schemas", `{patternProperties: {"^p": {}}, allOf: [{patternProperties: {"w$": {}}, additionalProperties: {x-secret: true}}]}`,
			`{pw: x, pa: p, aw: x}`, "pa",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := unite(t, test.schema)
			tree := merge(t, s, test.tree)
			var got []string
			for _, b := range values.Bares(tree.Root, s.Rules()) {
				got = append(got, source.Path(b.Path))
				if !tree.Secret(b.Path...) {
					t.Errorf("%s is a secret of the layer and none of the tree", source.Path(b.Path))
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("secrets (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRulesOfSeveral merges by what several schemas say of one value.
func TestRulesOfSeveral(t *testing.T) {
	for _, test := range []struct{ name, schema, low, high, want string }{{
		name: "two patterns match a key",
		schema: `{patternProperties: {"^p": {type: object, properties: {a: {default: 1}}},
			"w$": {x-null: keep, properties: {b: {default: 2}, l: {x-merge: append}}}}}`,
		low: `{pw: {l: [1]}, aw: {}, pa: {}, pzw: {}}`, high: `{pw: {l: [2]}, pzw: null}`,
		want: `{pw: {a: 1, b: 2, l: [1, 2]}, aw: {b: 2}, pa: {a: 1}, pzw: null}`,
	}, {
		name:   "three patterns, of which any may match",
		schema: `{patternProperties: {a: {properties: {a: {default: 1}}}, b: {properties: {b: {default: 2}}}, c: {properties: {c: {default: 3}}}}}`,
		low:    `{a: {}, ab: {}, ac: {}, bc: {}, abc: {}, d: {}}`,
		want:   `{a: {a: 1}, ab: {a: 1, b: 2}, ac: {a: 1, c: 3}, bc: {b: 2, c: 3}, abc: {a: 1, b: 2, c: 3}, d: {}}`,
	}, {
		name:   "the first item of a tuple is not what items describes",
		schema: `{properties: {l: {prefixItems: [{type: object}], items: {properties: {x: {default: 1}}}}}}`,
		low:    `{l: [{}, {}]}`,
		want:   `{l: [{}, {}]}`,
	}, {
		name:   "null below rawValues, in a tuple",
		schema: `{properties: {apps: {properties: {a: {properties: {rawValues: {properties: {l: {prefixItems: [{properties: {x: {}}}], x-merge: byKey}}}}}}}}}`,
		low:    `{apps: {a: {rawValues: {l: [{name: web, x: 1}]}}}}`, high: `{apps: {a: {rawValues: {l: [{name: web, x: null}]}}}}`,
		want: `{apps: {a: {rawValues: {l: [{name: web, x: null}]}}}}`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			s, findings := schemaOf(test.schema)
			if findings.Failed() {
				t.Fatal(findings)
			}
			want, _ := source.Parse("want", []byte(test.want))
			if diff := cmp.Diff(want.Value(), any(merge(t, s, test.low, test.high).Value())); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
		})
	}
}

func lines(findings diag.Findings) string {
	var out []string
	for _, f := range findings {
		out = append(out, f.String())
	}
	return strings.Join(out, "\n")
}

// TestManyPatterns: more patterns than are told apart, two of which match a key.
func TestManyPatterns(t *testing.T) {
	var b strings.Builder
	b.WriteString("patternProperties:\n")
	for i := range 5 {
		fmt.Fprintf(&b, "  '^%d': {type: string}\n", i)
	}
	text := b.String()
	if _, findings := schemaOf(text); len(findings) > 0 {
		t.Errorf("Unite = %v, want no findings of five patterns", findings)
	}
	s, findings := schemaOf(text + "  's$': {x-secret: true}\n")
	want := "schema.yaml:2:3: the keys here have more than 5 patterns: for a key that two of them match, what any of them says about merging and secrets holds"
	if got := lines(findings); got != want || findings.Failed() {
		t.Errorf("Unite = %s, want %s", got, want)
	}
	bare := values.Bares(merge(t, s, `{4s: p, 4: x, s: p}`).Root, s.Rules())
	if len(bare) != 2 || source.Path(bare[0].Path) != "4s" || source.Path(bare[1].Path) != "s" {
		t.Errorf("Bares = %v, want 4s and s", bare)
	}
}

// TestNoPlace has keywords where the schema describes no value: what is to be a secret there is an error.
func TestNoPlace(t *testing.T) {
	const secret = "x-secret makes nothing a secret here: the schema around it describes no value " +
		"(write it where the value is described: below properties, patternProperties, additionalProperties or items)"
	keyword := func(k string) string {
		return fmt.Sprintf("the keyword %q means nothing here: the schema around it describes no value", k)
	}
	const never = "the default is never filled in here"
	for schema, want := range map[string]string{
		`{properties: {a: {not: {x-secret: true}}}}`:                                                        `1:35: properties.a.not.x-secret: ` + secret,
		`{if: {properties: {a: {x-secret: "{{ randAlphaNum 9 }}"}}}}`:                                       `1:34: if.properties.a.x-secret: ` + secret,
		`{propertyNames: {x-secret: true}}`:                                                                 `1:28: propertyNames.x-secret: ` + secret,
		`{properties: {a: {contentSchema: {properties: {b: {x-secret: true}}}}}}`:                           `1:62: properties.a.contentSchema.properties.b.x-secret: ` + secret,
		`{additionalProperties: true, unevaluatedProperties: {x-secret: true}}`:                             `1:64: unevaluatedProperties.x-secret: ` + secret,
		`{not: {$ref: "#/$defs/s"}, $defs: {s: {x-secret: true}, unused: {x-secret: true}}}`:                `1:50: $defs.s.x-secret: ` + secret,
		`{properties: {a: {$ref: "#/$defs/s"}}, not: {$ref: "#/$defs/s"}, $defs: {s: {x-secret: true}}}`:    ``,
		`{not: {x-secret: false}}`:                                                                          ``,
		`{not: {properties: {a: {x-merge: append}}}}`:                                                       `1:34: not.properties.a.x-merge: ` + keyword("x-merge"),
		`{if: {properties: {a: {x-null: keep}}}}`:                                                           `1:32: if.properties.a.x-null: ` + keyword("x-null"),
		`{propertyNames: {default: a}}`:                                                                     `1:27: propertyNames.default: ` + never,
		`{properties: {l: {contains: {properties: {a: {default: 1}}}}}}`:                                    `1:56: properties.l.contains.properties.a.default: ` + never,
		`{properties: {l: {items: {default: {a: 1}}}}}`:                                                     `1:36: properties.l.items.default: ` + never,
		`{properties: {l: {items: {properties: {a: {default: 1}}}}}}`:                                       ``,
		`{properties: {l: {items: {$ref: "#/$defs/s"}}, a: {$ref: "#/$defs/s"}}, $defs: {s: {default: 1}}}`: ``,
		`{properties: {l: {items: {items: {$ref: "#/$defs/s"}}}}, $defs: {s: {default: 1}}}`:                `1:79: $defs.s.default: ` + never,
		`{properties: {l: {prefixItems: [{properties: {a: {default: 1}}}]}}}`:                               `1:60: properties.l.prefixItems[0].properties.a.default: ` + never,
		`{properties: {a: {contentSchema: {x-validations: [{rule: "true"}]}}}}`:                             `1:50: properties.a.contentSchema.x-validations: ` + keyword("x-validations"),
		`{properties: {a: {x-secret: "{{ nofunc }}"}}}`:                                                     `1:33: properties.a.x-secret: the generator cannot run: there is no function "nofunc"`,
		`{properties: {a: {x-secret: "{{ randAlphaNum 3"}}}`:                                                `1:30: properties.a.x-secret: the generator cannot run: unclosed action`,
		`{properties: {a: {x-secret: "{{ randAlphNum 3 }}"}}}`:                                              `1:33: properties.a.x-secret: the generator cannot run: there is no function "randAlphNum" (did you mean "randAlphaNum"?)`,
		`{anyOf: [{properties: {a: {default: 1}}}, {properties: {b: {x-secret: true}}}]}`:                   ``,
	} {
		_, findings := schemaOf(schema)
		if want != "" {
			want = "schema.yaml:" + want
		}
		if got := lines(findings); got != want || findings.Failed() != strings.Contains(want, "x-secret:") {
			t.Errorf("Unite(%s) =\n%s, want\n%s", schema, got, want)
		}
	}
}
