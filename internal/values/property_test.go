package values

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// maker makes random layers and rules over few keys, so that everything meets everything.
type maker struct {
	*rand.Rand
	file *source.File
	line int32
	wild bool // with changes of type
}

// node is a random value whose place no other has.
func (m *maker) node(depth int, key string) *source.Node {
	m.line++
	n := &source.Node{File: m.file, Line: m.line, Col: 1}
	kind := strings.Index("mls", key[:1]) // unless it is wild, a key's first letter says what stands there
	if m.wild && m.IntN(4) == 0 {
		kind = m.IntN(3)
	}
	switch {
	case m.IntN(8) == 0: // null
	case kind == 0 && depth > 0:
		m.fill(n, depth-1)
		n.Replace = m.IntN(8) == 0
	case kind == 1 && depth > 0:
		n.Kind = source.List
		n.Replace = m.IntN(8) == 0
		for range m.IntN(4) {
			n.Items = append(n.Items, m.node(depth-1, "mls"[m.IntN(3):]))
		}
	default:
		n.Kind = []source.Kind{source.Int, source.String, source.Bool}[m.IntN(3)]
		n.Text = []string{"1", "2", "true"}[m.IntN(3)]
	}
	return n
}

func (m *maker) fill(n *source.Node, depth int) {
	n.Kind = source.Map
	for _, letter := range "lms" {
		for i := range 3 {
			if m.IntN(2) > 0 {
				key := fmt.Sprintf("%c%d", letter, i)
				m.line++
				n.Keys = append(n.Keys, source.Key{Name: key, File: m.file, Line: m.line, Col: 2})
				n.Items = append(n.Items, m.node(depth, key))
			}
		}
	}
}

func (m *maker) layers() []Layer {
	layers := make([]Layer, m.IntN(6))
	for i := range layers {
		m.file, m.line = &source.File{Name: fmt.Sprintf("layer%d.yaml", i)}, 0
		switch m.IntN(20) {
		case 0: // empty
		case 1:
			layers[i] = Layer{File: m.file, Root: m.node(2, "l")}
		default:
			root := &source.Node{File: m.file, Line: 1, Col: 1, Replace: m.IntN(20) == 0}
			m.fill(root, 4)
			layers[i] = Layer{File: m.file, Root: root}
			if m.IntN(10) == 0 {
				layers[i].Only = []string{"m1", "m2"}
			}
		}
	}
	return layers
}

// rules are random rules; the usual ones at times.
func (m *maker) rules(depth int) *Rules {
	if depth == 0 || m.IntN(4) == 0 {
		return nil
	}
	r := &Rules{List: ListRule(m.IntN(4)), Key: []string{"", "s1"}[m.IntN(2)], KeepNull: m.IntN(4) == 0, Rest: m.rules(depth - 1), Items: m.rules(depth - 1)}
	r.Fields = map[string]*Rules{}
	for _, key := range []string{"l1", "m1", "s1", "s2", "m4", "l4"} {
		if m.IntN(2) == 0 {
			r.Fields[key] = m.rules(depth - 1)
		}
	}
	if m.IntN(20) == 0 {
		r.Secret = &Secret{}
	}
	if m.IntN(3) == 0 {
		m.file, m.line = &source.File{Name: "schema.yaml"}, m.line+1
		r.Default = m.node(2, "mls"[m.IntN(3):])
	}
	return r
}

// TestMergeIsTheFold compares Merge with the fold of its table: every node with its place and its marks, and the findings.
func TestMergeIsTheFold(t *testing.T) {
	m := &maker{Rand: rand.New(rand.NewPCG(3, 4))}
	wrong, merged := 0, 0
	for i := range 6_000 {
		m.wild = i%2 == 0
		layers, rules := m.layers(), m.rules(5)
		for _, fill := range []bool{true, false} {
			mergeAs := map[bool]func([]Layer, *Rules) (*Tree, diag.Findings){true: Merge, false: MergeOnly}[fill]
			tree, findings := mergeAs(layers, rules)
			want, wantFindings := fold(layers, rules, foldFinish{fill: fill})
			if !equal(want, tree.Root) {
				diff := cmp.Diff(want, tree.Root, cmpopts.EquateEmpty())
				t.Fatalf("round %d: Merge is not the fold (-fold +Merge):\n%s", i, diff)
			}
			if !slices.EqualFunc(wantFindings, findings, func(a, b diag.Finding) bool { return reflect.DeepEqual(a, b) }) {
				diff := cmp.Diff(wantFindings, findings)
				t.Fatalf("round %d: Merge finds other things than the fold (-fold +Merge):\n%s", i, diff)
			}
			wrong += len(findings)
			merged += len(tree.Root.Keys)
		}
	}
	if wrong < 5_000 || merged < 50_000 {
		t.Errorf("only %d findings and %d keys: the random layers have become too tame to prove anything", wrong, merged)
	}
}

// TestWithIsTheFold merges one more layer over a tree.
func TestWithIsTheFold(t *testing.T) {
	m := &maker{Rand: rand.New(rand.NewPCG(5, 6)), wild: true}
	for i := range 3_000 {
		layers, rules := append(m.layers(), Layer{}), m.rules(4)
		tree, _ := Merge(layers[:len(layers)-1], rules)
		m.file = &source.File{Name: "more.yaml"}
		more := Layer{File: m.file, Root: m.node(4, "m")}
		got, findings := tree.With(more)
		want, wantFindings := fold([]Layer{{Root: tree.Root}, more}, rules, foldFinish{})
		wantFindings = slices.DeleteFunc(wantFindings, func(f diag.Finding) bool { // what is double in the tree was told when it was made
			return f.Rule == "duplicate-item" && f.At.File != m.file.Name
		})
		if !equal(want, got.Root) {
			diff := cmp.Diff(want, got.Root, cmpopts.EquateEmpty())
			t.Fatalf("round %d: With is not the fold (-fold +With):\n%s", i, diff)
		}
		if !slices.EqualFunc(wantFindings, findings, func(a, b diag.Finding) bool { return reflect.DeepEqual(a, b) }) {
			diff := cmp.Diff(wantFindings, findings)
			t.Fatalf("round %d: With finds other things than the fold (-fold +With):\n%s", i, diff)
		}
	}
}

// equal compares trees node by node; go-cmp takes a thousand times as long.
func equal(a, b *source.Node) bool {
	if a == b {
		return true
	}
	if a.Kind != b.Kind || a.Text != b.Text || a.Replace != b.Replace || a.Secret != b.Secret || a.At() != b.At() || !slices.Equal(a.Keys, b.Keys) {
		return false
	}
	return slices.EqualFunc(a.Items, b.Items, equal)
}
