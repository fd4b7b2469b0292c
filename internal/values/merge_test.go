package values_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

func layer(t testing.TB, name, text string) values.Layer {
	t.Helper()
	root, findings := source.Parse(name, []byte(text))
	if findings.Failed() {
		t.Fatal(findings)
	}
	return values.Layer{File: &source.File{Name: name}, Root: root}
}

func value(t testing.TB, text string) any {
	t.Helper()
	root, findings := source.Parse("want", []byte(text))
	if findings.Failed() {
		t.Fatal(findings)
	}
	if root == nil {
		return map[string]any{}
	}
	return root.Value()
}

func TestMergeTypeChange(t *testing.T) {
	for _, c := range []struct{ lower, upper, want string }{
		{"a: {b: 1}", "a: 5", "upper:1:4: a: this layer makes a map into an integer"},
		{"a: {b: 1}", "a: [5]", "upper:1:4: a: this layer makes a map into a list"},
		{"a: [1]", "a: {b: 1}", "upper:1:4: a: this layer makes a list into a map"},
		{"a: {b: [1]}", "a: {b: x}", "upper:1:8: a.b: this layer makes a list into a string"},
		{"a: x", "a: {b: 1}", "upper:1:4: a: this layer makes a string into a map"},
		{"a: true", "a: [1]", "upper:1:4: a: this layer makes a boolean into a list"},
	} {
		_, findings := values.Merge([]values.Layer{layer(t, "lower", c.lower), layer(t, "upper", c.upper)}, nil)
		if got := findings.Error(); !strings.HasPrefix(got, c.want) {
			t.Errorf("Merge(%s, %s) = %v, want %s", c.lower, c.upper, got, c.want)
		}
		if len(findings) == 1 && (len(findings[0].Notes) != 1 || findings[0].Notes[0].At.File != "lower") {
			t.Errorf("Merge(%s, %s) names %v, want the lower place too", c.lower, c.upper, findings[0].Notes)
		}
	}
}

func TestMergeListRules(t *testing.T) {
	for _, c := range []struct {
		rule        values.ListRule
		lower, want string
	}{
		{values.Append, "a: [1]", "a: [1, 2, 3]"},
		{values.Prepend, "a: [1]", "a: [2, 3, 1]"},
	} {
		rules := &values.Rules{Fields: map[string]*values.Rules{"a": {List: c.rule}}}
		tree, _ := values.Merge([]values.Layer{layer(t, "lower", c.lower), layer(t, "upper", "a: [2, 3]")}, rules)
		if diff := cmp.Diff(value(t, c.want), any(tree.Value())); diff != "" {
			t.Errorf("rule %v (-want +got):\n%s", c.rule, diff)
		}
	}
	item := &values.Rules{Fields: map[string]*values.Rules{"port": {Default: scalar("80")}}}
	rules := &values.Rules{Fields: map[string]*values.Rules{"a": {List: values.ByKey, Key: "name", Items: item}}}
	lower := "a: [{name: x, image: i, env: {p: 1}}, {name: z}, loose]"
	upper := "a: [{name: q}, {name: x, image: null, env: {r: 2}, port: 8080}]"
	want := "a: [{name: x, env: {p: 1, r: 2}, port: 8080}, {name: z, port: 80}, loose, {name: q, port: 80}]"
	tree, findings := values.Merge([]values.Layer{layer(t, "lower", lower), layer(t, "upper", upper)}, rules)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if diff := cmp.Diff(value(t, want), any(tree.Value())); diff != "" {
		t.Errorf("byKey (-want +got):\n%s", diff)
	}
}

func scalar(text string) *source.Node {
	n, _ := source.Parse("schema", []byte("x: "+text))
	return n.Get("x")
}

func TestDefaults(t *testing.T) {
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"team":  {Rest: &values.Rules{Fields: map[string]*values.Rules{"quota": {Default: scalar("50")}, "open": {Default: scalar("false")}}}},
		"size":  {Default: scalar("{}"), Fields: map[string]*values.Rules{"cpu": {Default: scalar("2")}}},
		"kept":  {KeepNull: true, Default: scalar("1")},
		"items": {Items: &values.Rules{Fields: map[string]*values.Rules{"tag": {Default: scalar("v1")}}}},
	}}
	for _, c := range []struct{ lower, upper, want string }{
		{"", "", "{size: {cpu: 2}, kept: 1}"},
		{"team: {a: {}, b: {quota: 7}}", "", "{team: {a: {quota: 50, open: false}, b: {quota: 7, open: false}}, size: {cpu: 2}, kept: 1}"},
		{"size: {cpu: 4}", "size: null", "{kept: 1}"},
		{"size: null", "size: {mem: 1}", "{size: {mem: 1}, kept: 1}"},
		{"", "size: !replace {mem: 1}", "{size: {mem: 1}, kept: 1}"},
		{"", "kept: null", "{size: {cpu: 2}, kept: null}"},
		{"", "items: [{a: null}, {tag: x}]", "{size: {cpu: 2}, kept: 1, items: [{a: null, tag: v1}, {tag: x}]}"},
	} {
		tree, findings := values.Merge([]values.Layer{layer(t, "lower", c.lower), layer(t, "upper", c.upper)}, rules)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		if diff := cmp.Diff(value(t, c.want), any(tree.Value())); diff != "" {
			t.Errorf("Merge(%s, %s) (-want +got):\n%s", c.lower, c.upper, diff)
		}
	}
	tree, _ := values.Merge([]values.Layer{layer(t, "l", "size: null")}, rules)
	tree, _ = tree.With(layer(t, "facts", "cluster: {name: x}"))
	if tree.At("size") != nil {
		t.Error("With filled in a default that a layer had removed")
	}
	if got := tree.At("kept").At().String(); got != "schema:1:4" {
		t.Errorf("a default is at %s, want the schema's line", got)
	}
}

func TestFence(t *testing.T) {
	l := layer(t, "blue.yaml", "teams:\n  blue: {a: 1}\n  red: {a: 1}\nother: 1\n")
	l.Only = []string{"teams", "blue"}
	_, findings := values.Merge([]values.Layer{l}, nil)
	findings.Sort()
	want := "blue.yaml:3:3: teams.red: this file may set only teams.blue (move it to a layer that may set it, or ask for a change of spec.layers)\n" +
		"blue.yaml:4:1: other: this file may set only teams.blue (move it to a layer that may set it, or ask for a change of spec.layers)"
	if diff := cmp.Diff(want, findings.Error()); diff != "" {
		t.Errorf("fence (-want +got):\n%s", diff)
	}
}

func TestLayerThatIsNoMap(t *testing.T) {
	_, findings := values.Merge([]values.Layer{layer(t, "l.yaml", "- a\n")}, nil)
	if got, want := findings.Error(), "l.yaml:1:1: a layer is a map, not a list (begin it with a key: NAME: VALUE)"; got != want {
		t.Errorf("Merge = %s, want %s", got, want)
	}
}

// random makes a tree without type changes to come: keys that begin with m are maps, with l lists, else scalars.
func random(r *rand.Rand, depth int) map[string]any {
	m := map[string]any{}
	for range r.IntN(5) {
		k := string("mls"[r.IntN(3)]) + fmt.Sprint(r.IntN(4))
		switch {
		case k[0] == 'm' && depth > 0:
			m[k] = random(r, depth-1)
		case k[0] == 'l':
			m[k] = []any{int64(r.IntN(9))}
		case k[0] == 's':
			m[k] = []any{int64(1), "x", true, nil}[r.IntN(4)]
		}
	}
	return m
}

func nodes(t *testing.T, m map[string]any) values.Layer {
	t.Helper()
	root, err := source.FromValue(&source.File{Name: "random"}, m)
	if err != nil {
		t.Fatal(err)
	}
	return values.Layer{File: root.File, Root: root}
}

// patch is RFC 7396 as the RFC writes it.
func patch(target any, p any) any {
	pm, ok := p.(map[string]any)
	if !ok {
		return p
	}
	out := map[string]any{}
	if tm, ok := target.(map[string]any); ok {
		for k, v := range tm {
			out[k] = v
		}
	}
	for k, v := range pm {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = patch(out[k], v)
		}
	}
	return out
}

func TestMergeProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a, b, c := random(r, 3), random(r, 3), random(r, 3)
		tree, findings := values.Merge([]values.Layer{nodes(t, a), nodes(t, b), nodes(t, c)}, nil)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		want := patch(patch(patch(map[string]any{}, a), b), c)
		if diff := cmp.Diff(want, any(tree.Value())); diff != "" {
			t.Fatalf("Merge(%v, %v, %v) is not RFC 7396 (-want +got):\n%s", a, b, c, diff)
		}
		once, _ := values.Merge([]values.Layer{nodes(t, a), {}}, nil)
		if diff := cmp.Diff(patch(map[string]any{}, a), any(once.Value())); diff != "" {
			t.Fatalf("merge(x, {}) differs from x (-want +got):\n%s", diff)
		}
		left, _ := values.Merge([]values.Layer{nodes(t, map[string]any{"one": a}), nodes(t, map[string]any{"two": b})}, nil)
		right, _ := values.Merge([]values.Layer{nodes(t, map[string]any{"two": b}), nodes(t, map[string]any{"one": a})}, nil)
		if diff := cmp.Diff(left.Value(), right.Value()); diff != "" {
			t.Fatalf("disjoint maps do not commute:\n%s", diff)
		}
	}
}

// TestDefaultsAreTheLowestLayer: the schema's defaults are merged as if a layer below all others set them.
func TestDefaultsAreTheLowestLayer(t *testing.T) {
	inner := map[string]*values.Rules{"x": {Default: node(t, "5")}, "w": {Default: node(t, "6")}}
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"map":     {Default: node(t, "{x: 1, extra: 3}"), Fields: inner},
		"append":  {Default: node(t, "[base]"), List: values.Append},
		"prepend": {Default: node(t, "[base]"), List: values.Prepend},
		"key":     {Default: node(t, "[{name: a, v: 1}]"), List: values.ByKey},
		"list":    {Default: node(t, "[base]")},
	}}
	for _, c := range []struct{ layer, want string }{
		{"", "{map: {x: 1, extra: 3, w: 6}, append: [base], prepend: [base], key: [{name: a, v: 1}], list: [base]}"},
		{"map: {w: 2}", "{map: {x: 1, extra: 3, w: 2}, append: [base], prepend: [base], key: [{name: a, v: 1}], list: [base]}"},
		{"map: {extra: null}", "{map: {x: 1, w: 6}, append: [base], prepend: [base], key: [{name: a, v: 1}], list: [base]}"},
		{"{map: null, append: [own], prepend: [own], key: [{name: b}], list: [own]}", "{append: [base, own], prepend: [own, base], key: [{name: a, v: 1}, {name: b}], list: [own]}"},
		{"{map: !replace {q: 1}, append: !replace [own], prepend: [], key: [{name: a, v: 2}], list: []}", "{map: {q: 1}, append: [own], prepend: [base], key: [{name: a, v: 2}], list: []}"},
	} {
		tree, findings := values.Merge([]values.Layer{{File: &source.File{Name: "a"}, Root: node(t, c.layer)}}, rules)
		if len(findings) > 0 {
			t.Errorf("Merge(%s): %v", c.layer, findings)
		}
		if diff := cmp.Diff(node(t, c.want).Value(), tree.Root.Value()); diff != "" {
			t.Errorf("Merge(%s) (-want +got):\n%s", c.layer, diff)
		}
	}
}

// TestRemovedDefaultsStayAway: what a layer removed or replaced does not come back with what later layers add.
func TestRemovedDefaultsStayAway(t *testing.T) {
	rules := &values.Rules{Fields: map[string]*values.Rules{
		"map":     {Default: node(t, "{d: 0}")},
		"append":  {Default: node(t, "[d]"), List: values.Append},
		"prepend": {Default: node(t, "[d]"), List: values.Prepend},
		"key":     {Default: node(t, "[{name: d}]"), List: values.ByKey},
	}}
	for _, c := range []struct{ lower, want string }{
		{
			"{map: {a: 1}, append: [a], prepend: [a], key: [{name: a}]}",
			"{map: {d: 0, a: 1, b: 2, c: 3}, append: [d, a, b, c], prepend: [c, b, a, d], key: [{name: d}, {name: a}, {name: b}, {name: c}]}",
		},
		{
			"{map: !replace {a: 1}, append: !replace [a], prepend: !replace [a], key: !replace [{name: a}]}",
			"{map: {a: 1, b: 2, c: 3}, append: [a, b, c], prepend: [c, b, a], key: [{name: a}, {name: b}, {name: c}]}",
		},
		{"{map: null, append: null, prepend: null, key: null}", "{map: {b: 2, c: 3}, append: [b, c], prepend: [c, b], key: [{name: b}, {name: c}]}"},
	} {
		var layers []values.Layer
		for _, text := range []string{c.lower, "{map: {b: 2}, append: [b], prepend: [b], key: [{name: b}]}", "{map: {c: 3}, append: [c], prepend: [c], key: [{name: c}]}"} {
			layers = append(layers, values.Layer{File: &source.File{Name: "a"}, Root: node(t, text)})
		}
		tree, findings := values.Merge(layers, rules)
		if len(findings) > 0 {
			t.Errorf("Merge(%s): %v", c.lower, findings)
		}
		if diff := cmp.Diff(node(t, c.want).Value(), tree.Root.Value()); diff != "" {
			t.Errorf("Merge(%s, …) (-want +got):\n%s", c.lower, diff)
		}
	}
}

func node(t testing.TB, text string) *source.Node {
	t.Helper()
	n, findings := source.Parse("test", []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return n
}

// TestByKeyTypes: a number and the string of its digits are not the same key.
func TestByKeyTypes(t *testing.T) {
	rules := &values.Rules{Fields: map[string]*values.Rules{"l": {List: values.ByKey, Key: "id"}}}
	tree, findings := values.Merge([]values.Layer{
		layer(t, "a", `l: [{id: 1, v: int}, {id: "1", v: text}]`),
		layer(t, "b", `l: [{id: 1, w: x}]`),
	}, rules)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	want := node(t, `{l: [{id: 1, v: int, w: x}, {id: "1", v: text}]}`).Value()
	if diff := cmp.Diff(want, tree.Root.Value()); diff != "" {
		t.Errorf("byKey (-want +got):\n%s", diff)
	}
}
