package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// layerSchema compiles a loose schema as editors read it: as draft 7, in which keywords beside $ref do not count.
func layerSchema(t *testing.T, s *schema.Schema, only ...string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("layer.json", s.Loose(only).Value()); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("layer.json")
	if err != nil {
		t.Fatalf("Compile(Loose(%v)) = %v", only, err)
	}
	return compiled
}

func layerOf(t *testing.T, text string) any {
	t.Helper()
	root, findings := source.Parse("layer.yaml", []byte(text))
	if findings.Failed() {
		t.Fatal(findings)
	}
	return root.Value()
}

func TestLoose(t *testing.T) {
	const clouds = `
additionalProperties: false
properties: {cloud: {oneOf: [{$ref: "#/definitions/aws"}, {$ref: "#/definitions/gcp"}]}}
definitions:
  aws: {additionalProperties: false, required: [kind, region], properties: {kind: {const: aws}, region: {type: string}}}
  gcp: {additionalProperties: false, required: [kind, project], properties: {kind: {const: gcp}, project: {type: string}}}
`
	for _, test := range []struct {
		name, schema string
		only         []string
		good, bad    []string
	}{{
		name: "what another layer may set is not asked for",
		schema: `{required: [a], minProperties: 2, dependentRequired: {b: [a]}, dependencies: {b: [a], c: {required: [a]}},
			if: {required: [a]}, else: {properties: {b: false}}, not: {required: [b]}, properties: {a: {}, b: {properties: {x: {}}, required: [x]}},
			x-validations: [{rule: "has(self.a)"}]}`,
		good: []string{`{}`, `{b: 1}`, `{b: {}, c: 1}`},
	}, {
		name:   "what another layer has set may be removed or completed",
		schema: `{properties: {one: {maxProperties: 1}, e: {enum: [{a: 1, b: 2}, x]}, c: {const: {a: 1, b: 2}}, l: {enum: [[1], x]}}}`,
		good:   []string{`{one: {old: null, new: {}}}`, `{e: {a: 1}, c: {b: 2}}`, `{e: x, l: [1]}`},
		bad:    []string{`{l: [2]}`},
	}, {
		name:   "types, enums and typos are checked, and null removes anything",
		schema: `{additionalProperties: false, properties: {a: {type: integer, minimum: 1}, e: {enum: [x, z]}, c: {const: x}, l: {type: [array, string], minItems: 1}}}`,
		good:   []string{`{a: 1, e: x, c: x, l: [1]}`, `{a: null, e: null, c: null, l: null}`},
		bad:    []string{`{a: one}`, `{a: 0}`, `{e: y1}`, `{c: y1}`, `{aa: 1}`, `{l: []}`, `{l: 1}`},
	}, {
		name:   "keywords beside a reference count",
		schema: `{properties: {p: {$ref: "#/definitions/port", maximum: 9}}, definitions: {port: {type: integer}}}`,
		good:   []string{`{p: 9}`, `{p: null}`},
		bad:    []string{`{p: 10}`, `{p: x}`},
	}, {
		name:   "references by the document's name, and into what is left out",
		schema: `{$id: "https://acme.io/v", properties: {a: {$ref: "https://acme.io/v#/$defs/t"}, b: {$ref: "#/not/properties/x"}}, $defs: {t: {type: string}}, not: {properties: {x: {const: 3}}, required: [x]}}`,
		good:   []string{`{a: x, b: 1}`},
		bad:    []string{`{a: 1}`},
	}, {
		name: "references by names within the document, in full or relative",
		schema: `{$id: "https://acme.io/s.json", properties: {a: {$ref: "https://acme.io/s.json#team"}, b: {$ref: "s.json#/definitions/x"}, c: {$ref: "#new"}},
			definitions: {team: {$id: "#team", type: string}, x: {type: integer}, new: {$anchor: new, type: boolean}}}`,
		good: []string{`{a: x, b: 1, c: true}`},
		bad:  []string{`{a: 1}`, `{b: x}`, `{c: x}`},
	}, {
		name:   "one of several branches is enough, and layers may be parts of one",
		schema: clouds,
		good: []string{
			`{cloud: {kind: aws, region: x}}`, `{cloud: {region: x}}`, `{cloud: {project: x}}`, `{cloud: {}}`,
			`{cloud: {kind: gcp, region: null, project: x}}`,
		},
		bad: []string{`{cloud: {kind: aws, project: x}}`, `{cloud: {kind: azure}}`, `{cloud: {regin: x}}`, `{clouds: {}}`},
	}, {
		name: "either, or, none",
		schema: `{oneOf: [{required: [a]}, {required: [b]}, {not: {anyOf: [{required: [a]}, {required: [b]}]}}],
			additionalProperties: false, properties: {a: {type: string}, b: {type: string}}}`,
		good: []string{`{}`, `{a: x}`, `{a: null, b: x}`},
		bad:  []string{`{a: 1}`, `{c: x}`},
	}, {
		name:   "two choices at once, and a value that must be one of two enums",
		schema: `{properties: {a: {anyOf: [{type: string}, {type: integer}], oneOf: [{minLength: 2}, {minimum: 2}], const: 2, enum: [2, 3]}}}`,
		good:   []string{`{a: 2}`, `{a: null}`},
		bad:    []string{`{a: 3}`, `{a: true}`},
	}, {
		name: "lists that layers add to have no least number of items",
		schema: `{properties: {a: {x-merge: append, $ref: "#/$defs/l"}, b: {allOf: [{x-merge: byKey}, {minItems: 2}], items: {required: [name], properties: {v: {type: integer}}}},
			c: {$ref: "#/$defs/two"}}, $defs: {l: {minItems: 2}, two: {minItems: 2}}}`,
		good: []string{`{a: [1]}`, `{b: [{v: 1}]}`, `{b: [{v: null}]}`},
		bad:  []string{`{b: [{v: x}]}`, `{c: [1]}`},
	}, {
		name: "lists that layers add to are no value of those that the whole may have, wherever a schema says so",
		schema: `{properties: {a: {x-merge: append, const: [1, 2]}, b: {x-merge: prepend, enum: [[1, 2], none]}, c: {x-merge: append}, d: {x-merge: replace, const: [1, 2]}},
			allOf: [{properties: {c: {type: array, minItems: 2}}}]}`,
		good: []string{`{a: [1]}`, `{b: [2]}`, `{c: [1]}`, `{d: [1, 2]}`},
		bad:  []string{`{d: [1]}`, `{c: x}`},
	}, {
		name:   "lists whose items differ by place",
		schema: `{properties: {a: {prefixItems: [{type: string}], items: {type: integer}}, b: {type: array, items: [{type: string}], additionalItems: false}}}`,
		good:   []string{`{a: [x, 1], b: [x]}`},
		bad:    []string{`{b: x}`},
	}, {
		name: "what unevaluatedProperties closes is closed",
		schema: `{unevaluatedProperties: false, $ref: "#/$defs/base", properties: {a: {type: integer}}, $defs: {base: {properties: {b: {type: string}}}},
			if: {required: [a]}, then: {properties: {c: {}}, patternProperties: {"^x-": {}}}}`,
		good: []string{`{a: 1, b: x, c: 1, x-y: 1}`},
		bad:  []string{`{d: 1}`, `{a: x}`, `{b: 1}`},
	}, {
		name:   "cluster and derived are not for layers",
		schema: `{properties: {cluster: {type: object}}}`,
		good:   []string{`{any: 1}`},
		bad:    []string{`{cluster: {name: x}}`, `{derived: {}}`},
	}, {
		name:   "nullable and other keywords of OpenAPI",
		schema: `{properties: {a: {type: string, nullable: true}, r: {$ref: "#/definitions/s", nullable: true}}, definitions: {s: {type: string}}}`,
		good:   []string{`{a: null, r: null}`, `{r: x}`},
		bad:    []string{`{r: 1}`, `{a: 1}`},
	}, {
		name:   "a fence lets its path through and nothing else",
		schema: clouds + `$id: https://acme.io/clouds`, only: []string{"cloud"},
		good: []string{`{cloud: {region: x}}`, `{}`},
		bad:  []string{`{other: 1}`, `{cloud: {regin: x}}`},
	}, {
		name:   "a fence through patterns, parts, references and other names",
		schema: `{allOf: [{properties: {teams: {$ref: "#/$defs/teams"}}}], $defs: {teams: {patternProperties: {"^b": {properties: {v: {type: integer}}}}, additionalProperties: {type: string}}}}`,
		only:   []string{"teams", "blue"},
		good:   []string{`{teams: {blue: {v: 1}}}`, `{teams: {blue: null}}`},
		bad:    []string{`{teams: {blue: {v: x}}}`, `{teams: {green: x}}`, `{teams: null}`, `{apps: {}}`},
	}, {
		name:   "a fence around what the schema refuses",
		schema: clouds, only: []string{"teams", "blue"},
		good: []string{`{}`, `{teams: {}}`},
		bad:  []string{`{teams: {blue: {}}}`, `{teams: {blue: null}}`},
	}, {
		name:   "a fence around a branch, and around what no schema describes",
		schema: `{oneOf: [{properties: {a: {type: string}}}, {properties: {a: {type: integer}}}]}`, only: []string{"a"},
		good: []string{`{a: x}`, `{a: 1}`},
		bad:  []string{`{a: true}`, `{b: 1}`},
	}} {
		t.Run(test.name, func(t *testing.T) {
			loose := layerSchema(t, unite(t, test.schema), test.only...)
			for _, text := range test.good {
				if err := loose.Validate(layerOf(t, text)); err != nil {
					t.Errorf("the layer %s = %v, want no error", text, err)
				}
			}
			for _, text := range test.bad {
				if err := loose.Validate(layerOf(t, text)); err == nil {
					t.Errorf("the layer %s is accepted, want an error", text)
				}
			}
		})
	}
}

// TestLooseFixture has the layers of four real clusters checked by their real schema's loose form.
func TestLooseFixture(t *testing.T) {
	const fixture = "../../../shared/fixtures/otomi-demo/" // beside the repository
	data, err := os.ReadFile(fixture + "core/platform/schema.yaml")
	if err != nil {
		t.Skipf("SKIPPED: the fixture otomi-demo is not beside the repository: %v", err)
	}
	s, _ := schema.Unite(&source.File{Name: "schema.yaml", Data: data})
	loose := layerSchema(t, s)
	layers := 0
	err = filepath.WalkDir(fixture+"env", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		data, err := os.ReadFile(name)
		layers++
		if err := loose.Validate(layerOf(t, string(data))); err != nil {
			t.Errorf("%s = %v, want no error", name, err)
		}
		return err
	})
	if err != nil || layers < 30 {
		t.Errorf("checked %d layers (%v), want all", layers, err)
	}
}
