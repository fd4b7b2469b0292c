package schema_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// random makes schemas and values that have something to do with each other.
type random struct{ *rand.Rand }

func (r random) name() string { return []string{"a", "b", "c"}[r.IntN(3)] }

func (r random) value(depth int) any {
	switch n := r.IntN(7); {
	case n < 3 && depth > 0:
		m := map[string]any{}
		for range r.IntN(4) {
			m[r.name()] = r.value(depth - 1)
		}
		return m
	case n == 3 && depth > 0:
		l := []any{}
		for range r.IntN(3) {
			l = append(l, r.value(depth-1))
		}
		return l
	case n == 4:
		return r.name()
	default:
		return int64(r.IntN(3))
	}
}

func (r random) schemas(depth int) []any { return []any{r.schema(depth), r.schema(depth)} }

func (r random) named(depth int) map[string]any {
	return map[string]any{r.name(): r.schema(depth), r.name(): r.schema(depth)}
}

// schema is a random schema of at most four keywords.
func (r random) schema(depth int) any {
	s := map[string]any{}
	for range r.IntN(4) {
		keyword, value := r.keyword(depth - 1)
		s[keyword] = value
	}
	return s
}

func (r random) keyword(depth int) (string, any) {
	simple := []func() (string, any){
		func() (string, any) {
			return "type", []any{"object", []string{"string", "integer", "array"}[r.IntN(3)]}
		},
		func() (string, any) { return "required", []any{r.name()} },
		func() (string, any) { return "enum", []any{r.name(), int64(1)} },
		func() (string, any) { return "const", r.value(1) },
		func() (string, any) { return "minimum", int64(r.IntN(3)) },
		func() (string, any) { return "minItems", int64(1) },
		func() (string, any) { return "minProperties", int64(r.IntN(3)) },
		func() (string, any) { return "dependentRequired", map[string]any{r.name(): []any{r.name()}} },
		func() (string, any) { return "additionalProperties", false },
		func() (string, any) { return "unevaluatedProperties", false },
		func() (string, any) { return "$ref", fmt.Sprintf("#/definitions/d%d", r.IntN(2)) },
		func() (string, any) { return "default", r.value(1) },
	}
	if depth <= 0 {
		return simple[r.IntN(len(simple))]()
	}
	deep := []func() (string, any){
		func() (string, any) { return "properties", r.named(depth) },
		func() (string, any) {
			return "patternProperties", map[string]any{"^[" + r.name() + "x]": r.schema(depth)}
		},
		func() (string, any) { return "additionalProperties", r.schema(depth) },
		func() (string, any) { return "unevaluatedProperties", r.schema(depth) },
		func() (string, any) { return "items", r.schema(depth) },
		func() (string, any) { return []string{"oneOf", "anyOf", "allOf"}[r.IntN(3)], r.schemas(depth) },
		func() (string, any) {
			return []string{"not", "if", "then", "else", "contains"}[r.IntN(5)], r.schema(depth)
		},
		func() (string, any) { return "dependentSchemas", r.named(depth) },
	}
	if n := r.IntN(len(simple) + 3*len(deep)); n >= len(simple) {
		return deep[n%len(deep)]()
	}
	return simple[r.IntN(len(simple))]()
}

// split gives each of two layers a part of a value.
func (r random) split(v any) (one, two any) {
	m, ok := v.(map[string]any)
	if !ok {
		return v, v
	}
	left, right := map[string]any{}, map[string]any{}
	for name, item := range m {
		switch r.IntN(3) {
		case 0:
			left[name] = item
		case 1:
			right[name] = item
		default:
			left[name], right[name] = r.split(item)
		}
	}
	return left, right
}

// TestLooseTakesParts splits values that a schema accepts into two layers: whatever the schema says, its loose form accepts
// each of them, and one that removes what the schema may not know of.
func TestLooseTakesParts(t *testing.T) {
	r := random{rand.New(rand.NewPCG(1, 2))}
	accepted := 0
	for range 3_000 {
		definitions := map[string]any{"d0": r.schema(2), "d1": r.schema(2)}
		document, _ := r.schema(3).(map[string]any)
		document["definitions"] = definitions
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		s, findings := schema.Unite(&source.File{Name: "schema.yaml", Data: text})
		if findings.Failed() {
			continue
		}
		value, _ := r.value(3).(map[string]any)
		root, err := source.FromValue(&source.File{Name: "values.yaml"}, value)
		if err != nil {
			t.Fatal(err)
		}
		tree, merging := values.Merge([]values.Layer{{Root: root}}, s.Rules())
		if merging.Failed() || len(s.Check(tree)) > 0 {
			continue
		}
		accepted++
		loose := layerSchema(t, s)
		one, two := r.split(any(value))
		for _, layer := range []any{value, one, two} {
			if err := loose.Validate(layer); err != nil {
				t.Fatalf("%v is right by %s, its part %v = %v", value, text, layer, err)
			}
		}
	}
	if accepted < 300 {
		t.Errorf("%d of the random values are right, want more for a test that tells", accepted)
	}
}
