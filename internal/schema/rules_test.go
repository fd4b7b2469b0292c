package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// TestRules merges layers by the rules of a schema.
func TestRules(t *testing.T) {
	for _, test := range []struct{ name, schema, low, high, want string }{{
		name:   "a default applies where the parent is set, or has a default itself",
		schema: `{properties: {a: {properties: {x: {default: 1}}}, b: {default: {}, properties: {w: {default: 2}}}}}`,
		low:    `{a: {}}`,
		want:   `{a: {x: 1}, b: {w: 2}}`,
	}, {
		name:   "no parent is made for a default",
		schema: `{properties: {a: {properties: {x: {default: 1}}}}}`,
		want:   `{}`,
	}, {
		name:   "defaults inside lists and below names",
		schema: `{properties: {l: {items: {properties: {x: {default: 1}}}}, m: {additionalProperties: {properties: {w: {default: 2}}}}}}`,
		low:    `{l: [{}, {x: 3}], m: {any: {}}}`,
		want:   `{l: [{x: 1}, {x: 3}], m: {any: {w: 2}}}`,
	}, {
		name: "defaults beside a reference and behind it",
		schema: `{$schema: "http://json-schema.org/draft-07/schema#", properties: {p: {$ref: "#/definitions/port", default: 80},
			q: {$ref: "#/definitions/port"}}, definitions: {port: {type: integer, default: 8080}}}`,
		want: `{p: 80, q: 8080}`,
	}, {
		name:   "defaults of allOf, the nearest first",
		schema: `{allOf: [{properties: {a: {default: 1}}}, {properties: {a: {default: 2}, b: {default: 3}}}]}`,
		want:   `{a: 1, b: 3}`,
	}, {
		name: "no defaults out of a choice",
		schema: `{oneOf: [{properties: {a: {default: 1}}}, {properties: {b: {default: 2}}}], anyOf: [{properties: {c: {default: 1}}}, {}],
			if: {required: [d]}, then: {properties: {e: {default: 1}}}}`,
		low:  `{d: 1}`,
		want: `{d: 1}`,
	}, {
		name:   "null or one schema is no choice",
		schema: `{properties: {a: {anyOf: [{type: "null"}, {properties: {x: {default: 1}}}]}}}`,
		low:    `{a: {}}`,
		want:   `{a: {x: 1}}`,
	}, {
		name: "lists that may be null are lists, and so are items that may be null maps",
		schema: `{properties: {
			a: {anyOf: [{type: array, x-merge: append}, {type: "null"}]}, o: {oneOf: [{type: "null"}, {$ref: "#/$defs/l"}]},
			b: {x-merge: append, anyOf: [{type: array}, {type: "null"}]},
			k: {x-merge: byKey, items: {anyOf: [{type: object, properties: {name: {}, d: {default: 9}}}, {type: "null"}]}}}, $defs: {l: {type: array, x-merge: append}}}`,
		low:  `{a: [1], o: [1], b: [1], k: [{name: x, v: 1}]}`,
		high: `{a: [2], o: [2], b: [2], k: [{name: x, w: 2}]}`,
		want: `{a: [1, 2], o: [1, 2], b: [1, 2], k: [{name: x, v: 1, w: 2, d: 9}]}`,
	}, {
		name:   "pattern properties",
		schema: `{patternProperties: {"^team-": {properties: {x: {default: 1}}}}, additionalProperties: {properties: {w: {default: 2}}}}`,
		low:    `{team-a: {}, other: {}}`,
		want:   `{team-a: {x: 1}, other: {w: 2}}`,
	}, {
		name: "a property and a pattern hold together",
		schema: `{properties: {team-a: {properties: {x: {default: 1}}}}, patternProperties: {"^team-": {properties: {w: {default: 2}}}},
			additionalProperties: {properties: {z: {default: 3}}}}`,
		low:  `{team-a: {}}`,
		want: `{team-a: {x: 1, w: 2}}`,
	}, {
		name:   "a schema that refers to itself",
		schema: `{$ref: "#/definitions/node", definitions: {node: {properties: {v: {default: 0}, next: {$ref: "#/definitions/node"}}}}}`,
		low:    `{next: {next: {next: {}}}}`,
		want:   `{v: 0, next: {v: 0, next: {v: 0, next: {v: 0}}}}`,
	}, {
		name:   "append, prepend, replace",
		schema: `{properties: {a: {x-merge: append}, p: {x-merge: prepend}, r: {type: array}}}`,
		low:    `{a: [1], p: [1], r: [1]}`, high: `{a: [2], p: [2], r: [2]}`,
		want: `{a: [1, 2], p: [2, 1], r: [2]}`,
	}, {
		name:   "byKey, by name and by another key, with defaults of the items",
		schema: `{properties: {k: {x-merge: byKey}, i: {x-merge: byKey, x-merge-key: id, items: {properties: {d: {default: 9}}}}}}`,
		low:    `{k: [{name: a, v: 1}, {name: b}], i: [{id: a, v: 1}]}`, high: `{k: [{name: a, v: 2}], i: [{id: a, w: 2}]}`,
		want: `{k: [{name: a, v: 2}, {name: b}], i: [{id: a, v: 1, w: 2, d: 9}]}`,
	}, {
		name:   "merge rules of a reference and of a branch",
		schema: `{properties: {a: {$ref: "#/$defs/l"}, b: {anyOf: [{type: string}, {x-merge: append}]}}, $defs: {l: {x-merge: append}}}`,
		low:    `{a: [1], b: [1]}`, high: `{a: [2], b: [2]}`,
		want: `{a: [1, 2], b: [1, 2]}`,
	}, {
		name:   "null removes, and so no default comes back, unless x-null keeps it",
		schema: `{properties: {a: {default: 1}, b: {x-null: keep}, m: {default: {x: 1}}}}`,
		low:    `{a: 2, b: 2, c: 2}`, high: `{a: null, b: null, c: null, m: null}`,
		want: `{b: null}`,
	}, {
		name: "null is a value below rawValues of any app, described or not",
		schema: `{additionalProperties: false, properties: {apps: {properties: {hello: {properties: {rawValues: {properties: {image: {
			properties: {tag: {type: string}}}}}}}}}}}`,
		low: `{apps: {hello: {rawValues: {image: {tag: x}, a: 1}}, mine: {rawValues: {l: [{b: 1}], deep: {c: 1}}}}}`,
		high: `{apps: {hello: {rawValues: {image: {tag: null}, a: null}, patches: null},
			mine: {rawValues: {l: [{b: null}], deep: {c: null}}, enabled: null}}}`,
		want: `{apps: {hello: {rawValues: {image: {tag: null}, a: null}}, mine: {rawValues: {l: [{b: null}], deep: {c: null}}}}}`,
	}, {
		name:   "rawValues itself is removed by null, and is nothing special elsewhere",
		schema: `{}`,
		low:    `{apps: {a: {rawValues: {x: 1}}}, other: {rawValues: {x: 1}}}`, high: `{apps: {a: {rawValues: null}}, other: {rawValues: {x: null}}}`,
		want: `{apps: {a: {}}, other: {rawValues: {}}}`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			got := merge(t, unite(t, test.schema), test.low, test.high).Value()
			want, findings := source.Parse("want", []byte(test.want))
			if findings.Failed() {
				t.Fatal(findings)
			}
			if diff := cmp.Diff(want.Value(), any(got)); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultsKnowTheirPlace(t *testing.T) {
	s := unite(t, "properties:\n  replicas:\n    default: two\n    type: integer\n")
	tree := merge(t, s, `{}`)
	want := diag.Position{File: "schema.yaml", Line: 3, Col: 14}
	if got := tree.At("replicas").At(); got != want {
		t.Errorf("At(replicas) = %v, want %v", got, want)
	}
	findings := s.Check(tree)
	if len(findings) != 1 || findings[0].At != want {
		t.Errorf("Check = %v, want one finding at %v", findings, want)
	}
}

// TestRulesEnd builds the rules of a schema in which what holds for a value grows with every level.
func TestRulesEnd(t *testing.T) {
	s := unite(t, `
$ref: '#/$defs/a'
$defs:
  a: {properties: {x: {$ref: '#/$defs/a'}, w: {allOf: [{$ref: '#/$defs/a'}, {$ref: '#/$defs/b'}]}}}
  b: {properties: {x: {$ref: '#/$defs/c'}, z: {$ref: '#/$defs/a'}}, additionalProperties: {$ref: '#/$defs/b'}}
  c: {properties: {v: {default: 1}}, patternProperties: {'^w': {$ref: '#/$defs/c'}}}
`)
	got := merge(t, s, `{w: {x: {}}}`).Value()
	want := map[string]any{"w": map[string]any{"x": map[string]any{"v": int64(1)}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

// TestRulesBounded has a schema for which 2^24 different sets of schemas hold somewhere.
func TestRulesBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("$ref: '#/$defs/s'\n$defs:\n")
	b.WriteString("  s: {properties: {a: {allOf: [{$ref: '#/$defs/s'}, {$ref: '#/$defs/q0'}]}, b: {$ref: '#/$defs/s'}}}\n")
	for i := range 24 {
		fmt.Fprintf(&b, "  q%d: {properties: {a: {$ref: '#/$defs/q%d'}, b: {$ref: '#/$defs/q%d'}}}\n", i, i+1, i+1)
	}
	b.WriteString("  q24: {}\n")
	_, findings := schemaOf(b.String())
	want := "schema.yaml:1:1: the schema refers to itself in more than 32768 ways"
	if got := findings.Error(); got != want {
		t.Errorf("Unite = %s, want %s", got, want)
	}
	_, findings = schemaOf(b.String(), `{properties: {a: {properties: {z: {}}}}}`)
	want = "schema.yaml:1:1: the schemas refer to each other in more than 32768 ways"
	if got := findings.Error(); got != want {
		t.Errorf("Unite two = %s, want %s", got, want)
	}
}

// TestAppsEnd has schemas of the whole whose parts refer to each other, in a circle and twice at every step.
func TestAppsEnd(t *testing.T) {
	circle := `{allOf: [{$ref: "#/$defs/a"}], additionalProperties: false, $defs: {a: {additionalProperties: false, allOf: [{$ref: "#/$defs/b"}]}, b: {anyOf: [{$ref: "#/$defs/a"}, {}]}}}`
	_, findings := schemaOf(circle)
	if len(findings) > 0 {
		t.Errorf("Unite = %v, want no findings", findings)
	}
	var b strings.Builder
	b.WriteString("$ref: '#/$defs/s0'\n$defs:\n")
	for i := range 40 {
		fmt.Fprintf(&b, "  s%d: {allOf: [{$ref: '#/$defs/s%d'}, {$ref: '#/$defs/s%d'}]}\n", i, i+1, i+1)
	}
	b.WriteString("  s40: {additionalProperties: false}\n")
	if _, findings := schemaOf(b.String()); findings.Failed() {
		t.Errorf("Unite = %v, want no errors", findings)
	}
}
