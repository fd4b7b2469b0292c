package values

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
)

// FuzzMerge merges three layers of any text by rules of every sort, and holds Merge to its laws.
func FuzzMerge(f *testing.F) {
	for _, seed := range [][3]string{
		{"a: {b: 1}", "a: {c: 2}", "a: null"},
		{"append: [1]", "append: [2]\nprepend: [a]", "prepend: [b]"},
		{"byKey: [{name: x, a: 1}, {name: x}]", "byKey: [{name: x, b: null}]", "byKey: !replace []"},
		{"keep: null", "keep: {a: null}", "keep: !replace {b: 1}"},
		{"a: 1", "a: [1]", "a: {b: &x {c: [*x]}}"},
		{"<<: {a: 1}", "!replace {a: {b: 0644}}", "# nothing"},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(seed[2]))
	}
	rules := &Rules{Fields: map[string]*Rules{
		"append": {List: Append}, "prepend": {List: Prepend}, "keep": {KeepNull: true}, "secret": {Secret: &Secret{}},
		"byKey": {List: ByKey, Items: &Rules{Fields: map[string]*Rules{"d": {Default: &source.Node{Kind: source.Int, Text: "1"}}}}},
		"a":     {Default: &source.Node{Kind: source.Map}},
	}}
	f.Fuzz(func(t *testing.T, one, two, three []byte) {
		a, b, c := parsed("one", one), parsed("two", two), parsed("three", three)
		for _, r := range []*Rules{nil, rules} {
			tree, findings := Merge([]Layer{a, b, c}, r)
			want, wantFindings := fold([]Layer{a, b, c}, r, foldFinish{fill: true})
			if !equal(want, tree.Root) || len(wantFindings) != len(findings) {
				t.Errorf("Merge is not the fold:\n%s", cmp.Diff(want, tree.Root))
			}
			if alone, _ := Merge([]Layer{a}, r); !sameValues(alone, mustMerge([]Layer{a, {Root: &source.Node{Kind: source.Map}}}, r)) || !sameValues(alone, mustMerge([]Layer{{Root: &source.Node{Kind: source.Map}}, a}, r)) {
				t.Error("merge(x, {}) or merge({}, x) is not x")
			}
		}
		first, second := under("first", a), under("second", b)
		if !sameValues(mustMerge([]Layer{first, second}, nil), mustMerge([]Layer{second, first}, nil)) {
			t.Error("maps that share no key do not commute")
		}
		associates(t, a, b, c)
	})
}

// associates checks that layers may be merged in steps: always from the low end, and from the high end where nothing is
// removed there, since the first step would forget what the second is to remove.
func associates(t *testing.T, a, b, c Layer) {
	t.Helper()
	all, findings := Merge([]Layer{a, b, c}, nil)
	if len(findings) > 0 {
		return
	}
	if low := mustMerge([]Layer{a, b}, nil); !sameValues(all, mustMerge([]Layer{{Root: low.Root}, c}, nil)) {
		t.Error("(a b) c is not a b c")
	}
	if !removes(b.Root) && !removes(c.Root) {
		if high := mustMerge([]Layer{b, c}, nil); !sameValues(all, mustMerge([]Layer{a, {Root: high.Root}}, nil)) {
			t.Error("a (b c) is not a b c")
		}
	}
}

func removes(n *source.Node) bool {
	if n == nil {
		return false
	}
	if n.Kind == source.Null || n.Replace {
		return true
	}
	for _, item := range n.Items {
		if removes(item) {
			return true
		}
	}
	return false
}

func parsed(name string, data []byte) Layer {
	root, findings := source.Parse(name, data)
	if findings.Failed() || root != nil && root.Kind != source.Map {
		root = nil
	}
	return Layer{Root: root}
}

func under(key string, l Layer) Layer {
	if l.Root == nil {
		return l
	}
	return Layer{Root: &source.Node{Kind: source.Map, Keys: []source.Key{{Name: key}}, Items: []*source.Node{l.Root}}}
}

func mustMerge(layers []Layer, rules *Rules) *Tree {
	tree, _ := Merge(layers, rules)
	return tree
}

// sameValues compares the values of trees, not their places.
func sameValues(a, b *Tree) bool { return cmp.Equal(a.Value(), b.Value()) }
