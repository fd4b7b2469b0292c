package schema_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// recursive makes schemas whose definitions refer to each other, and close maps here and there.
type recursive struct {
	*rand.Rand
	prefix string // of the definitions' names
}

func (r recursive) name() string { return []string{"a", "b", "c", "d"}[r.IntN(4)] }

func (r recursive) document() map[string]any {
	defs := map[string]any{}
	for i := range 3 {
		defs[fmt.Sprint(r.prefix, i)] = r.schema(2, i+1)
	}
	refer := map[string]any{"$ref": fmt.Sprint("#/$defs/", r.prefix, r.IntN(3))}
	if r.prefix == "u" {
		refer = map[string]any{"allOf": []any{refer}} // of two references, none is the other
	}
	return map[string]any{"$defs": defs, "properties": map[string]any{"a": refer, "b": r.schema(2, 3)}}
}

// schema refers to definitions from a number on, or describes members, which may be of any: no value has an end of schemas.
func (r recursive) schema(depth, from int) map[string]any {
	if from < 3 && (depth == 0 || r.IntN(3) == 0) {
		return map[string]any{"$ref": fmt.Sprint("#/$defs/", r.prefix, from+r.IntN(3-from))}
	}
	properties := map[string]any{}
	for range min(depth, 1+r.IntN(2)) {
		properties[r.name()] = r.schema(depth-1, 0)
	}
	s := map[string]any{"type": "object", "properties": properties}
	switch r.IntN(6) {
	case 0, 1, 2:
		s["additionalProperties"] = false
	case 3:
		s["unevaluatedProperties"] = false
	}
	if depth > 0 && r.IntN(4) == 0 {
		s[[]string{"allOf", "anyOf"}[r.IntN(2)]] = []any{r.schema(depth-1, from), r.schema(depth-1, from)}
	}
	return s
}

// value is mostly of what one of the files describes.
func (r recursive) value(depth int, a, b described) map[string]any {
	m := map[string]any{}
	for range min(depth, 1+r.IntN(3)) {
		if name := r.name(); a.has(name) || b.has(name) || r.IntN(16) == 0 {
			m[name] = r.value(depth-1, a.member(name), b.member(name))
		}
	}
	return m
}

// described has what the schemas of one file say of a value.
type described struct {
	defs   map[string]any
	sure   []map[string]any
	maybe  []map[string]any // branches
	closed bool             // by one that is no branch
}

// with is what some schemas say, and those that they consist of.
func (d described) with(sure, maybe []any) described {
	out := described{defs: d.defs}
	seen := map[string]bool{}
	var add func(v any, branch bool)
	add = func(v any, branch bool) {
		s, _ := v.(map[string]any)
		if ref, is := s["$ref"].(string); is {
			if key := fmt.Sprint(ref, branch); !seen[key] {
				seen[key] = true
				add(d.defs[ref[len("#/$defs/"):]], branch)
			}
			return
		}
		if branch {
			out.maybe = append(out.maybe, s)
		} else {
			out.sure = append(out.sure, s)
			out.closed = out.closed || s["additionalProperties"] == false || s["unevaluatedProperties"] == false
		}
		for _, keyword := range []string{"allOf", "anyOf"} {
			list, _ := s[keyword].([]any)
			for _, part := range list {
				add(part, branch || keyword == "anyOf")
			}
		}
	}
	for _, s := range sure {
		add(s, false)
	}
	for _, s := range maybe {
		add(s, true)
	}
	return out
}

func (d described) has(name string) bool {
	return len(properties(d.sure, name))+len(properties(d.maybe, name)) > 0
}

func (d described) member(name string) described {
	return d.with(properties(d.sure, name), properties(d.maybe, name))
}

func properties(schemas []map[string]any, name string) []any {
	var out []any
	for _, s := range schemas {
		named, _ := s["properties"].(map[string]any)
		if v, is := named[name]; is {
			out = append(out, v)
		}
	}
	return out
}

// part is a value without what only the other file describes.
func part(v map[string]any, own, other described) map[string]any {
	out := map[string]any{}
	for name, below := range v {
		if own.has(name) || !other.has(name) {
			out[name] = part(below.(map[string]any), own.member(name), other.member(name))
		}
	}
	return out
}

// unknown reports whether something in a value is described by neither file, where one of them is closed.
func unknown(v map[string]any, a, b described) bool {
	for name, below := range v {
		if (a.closed || b.closed) && !a.has(name) && !b.has(name) || unknown(below.(map[string]any), a.member(name), b.member(name)) {
			return true
		}
	}
	return false
}

// TestWidened: two schemas united accept a value if each accepts what is left of it without what only the other one describes,
// and refuse it where neither describes something.
func TestWidened(t *testing.T) {
	for seed := range uint64(150) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		lower, upper := recursive{rnd, "l"}.document(), recursive{rnd, "u"}.document()
		texts := make([]string, 2)
		for i, doc := range []any{lower, upper} {
			data, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(data)
		}
		united, findings := schemaOf(texts...)
		if findings.Failed() {
			continue // they contradict each other
		}
		low, _ := schemaOf(texts[0])
		up, _ := schemaOf(texts[1])
		l := described{defs: lower["$defs"].(map[string]any)}.with([]any{lower}, nil)
		u := described{defs: upper["$defs"].(map[string]any)}.with([]any{upper}, nil)
		for range 20 {
			v := recursive{Rand: rnd}.value(5, l, u)
			want := accepts(t, low, part(v, l, u)) && accepts(t, up, part(v, u, l))
			got := accepts(t, united, v)
			if want && !got || got && unknown(v, l, u) {
				t.Fatalf("seed %d: %s and %s united accept %v = %v, want %v", seed, texts[0], texts[1], v, got, !got)
			}
		}
	}
}

func accepts(t *testing.T, s *schema.Schema, v map[string]any) bool {
	t.Helper()
	root, err := source.FromValue(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	return len(s.Check(&values.Tree{Root: root})) == 0
}

// TestWidenedSize has two cores whose definitions all refer to each other: the more there are, the more ways lead to each.
func TestWidenedSize(t *testing.T) {
	whole := func(n int, own, rest, more string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "  %s%d:\n%s    properties:\n      %s: {type: integer}\n", own, i, rest, own)
			for j := range n {
				fmt.Fprintf(&b, "      r%d: {$ref: '#/$defs/%s%d'}\n", j, own, j)
			}
		}
		return "properties: {t: " + more + "}\n$defs:\n" + b.String()
	}
	size := func(n int) int {
		s := unite(t, whole(n, "a", "    additionalProperties: false\n", `{$ref: "#/$defs/a0"}`), whole(n, "b", "", `{allOf: [{$ref: "#/$defs/b0"}]}`))
		want := fmt.Sprintf(`t.r0.r1.r%d.c: unknown value "c"`, n-1)
		tree := merge(t, s, fmt.Sprintf(`{t: {a: 1, b: 1, r0: {b: 1, r1: {a: 1, r%d: {b: 1, c: 1}}}}}`, n-1))
		if got := s.Check(tree).Error(); !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("Check = %s, want %s", got, want)
		}
		return len(document(t, s))
	}
	if few, many := size(4), size(8); many > 5*few {
		t.Errorf("%d bytes for 4 definitions, %d for 8: want at most five times as many", few, many)
	}
}

// TestWidenedOften has a core that adds to what very many references of another one lead to, and to nothing else.
func TestWidenedOften(t *testing.T) {
	const apps = 600
	low, high, tree := "properties:\n  apps:\n    properties:\n", "properties:\n  apps:\n    properties:\n", "apps:\n"
	for i := range apps {
		low += fmt.Sprintf("      a%d: {$ref: '#/definitions/app'}\n", i)
		high += fmt.Sprintf("      a%d: {properties: {lim: {properties: {res: {properties: {gpu: {type: integer}}}}}}}\n", i)
		tree += fmt.Sprintf("  a%d: {enabled: true, lim: {res: {cpu: 1, gpu: 1}}}\n", i)
	}
	low += `
  other: {$ref: '#/definitions/app'}
definitions:
  app: {additionalProperties: false, properties: {lim: {$ref: "#/definitions/lim"}}}
  lim: {additionalProperties: false, properties: {res: {$ref: "#/definitions/res"}}}
  res: {additionalProperties: false, properties: {cpu: {type: integer}}}
`
	s := unite(t, low, high)
	if findings := s.Check(merge(t, s, tree)); len(findings) > 0 {
		t.Errorf("Check = %v, want no findings", findings[:1])
	}
	got := s.Check(merge(t, s, `{other: {lim: {res: {gpu: 1}}}}`)).Error()
	if want := `other.lim.res.gpu: unknown value "gpu"`; !strings.Contains(got, want) {
		t.Errorf("Check = %s, want %s", got, want)
	}
	want := []string{"app", "app_wide", "lim", "lim_wide", "res", "res_wide"}
	if diff := cmp.Diff(want, s.Document().Get("definitions").Names()); diff != "" {
		t.Errorf("definitions (-want +got):\n%s", diff)
	}
}

// TestWidenedNames: no copy takes the name of a definition that any core has.
func TestWidenedNames(t *testing.T) {
	s := unite(t, `{properties: {a: {$ref: "#/$defs/t"}, b: {$ref: "#/$defs/t"}}, $defs: {t: {additionalProperties: false, properties: {x: {}}}}}`,
		`{properties: {a: {properties: {z: {}}}}}`,
		`{properties: {a: {properties: {w: {}}}, b: {properties: {z: {}}}, c: {$ref: "#/$defs/t_wide"}}, $defs: {t_wide: {type: string}}}`)
	want := []string{"t", "t_wide", "t_wide2", "t_wide3"}
	if diff := cmp.Diff(want, s.Document().Get("$defs").Names()); diff != "" {
		t.Errorf("definitions (-want +got):\n%s", diff)
	}
	for text, want := range map[string]int{
		`{a: {x: 1, z: 1, w: 1}, b: {x: 1, z: 1}, c: x}`: 0,
		`{a: {v: 1}, b: {w: 1}, c: 1}`:                   3,
	} {
		if got := s.Check(merge(t, s, text)); len(got) != want {
			t.Errorf("Check(%s) = %v, want %d findings", text, got, want)
		}
	}
}
