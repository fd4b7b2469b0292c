package krm

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// maker makes values of the pieces that readers of YAML take for something else, of a seed.
type maker struct{ *rand.Rand }

func (m maker) text() string {
	pieces := []string{
		"a", "Zoo", "true", "no", "ON", "null", "~", "---", "\u2029", "0", "12", "007", "0x1f", "0o17", "0b1", "1e3", "1_0", ".5", "-", "--a", "--- ", "+1", "2020-01-02", "T1:2:3Z", "1:20", "0 3 * * *",
		"64Mi", "2c", "1e", "f0", "250m", "10.0.0.1", "v1", "/", "%", "é", "日", "\u2028", "\t", "\r", "\n", "\n\n", " ", "  ", ": ", ":", " #", "#", ", ", "'", "\"", "\\",
		"{", "}", "[", "]", "*", "&", "!", "|", ">", "@", "`", "?", "? ", "- ", "<<", "=", "inf", ".nan", "{{ x }}", "sha256:ab", strings.Repeat("word ", 30), "x=y",
	}
	var b strings.Builder
	for range m.IntN(4) {
		b.WriteString(pieces[m.IntN(len(pieces))])
	}
	return b.String()
}

func (m maker) value(depth int) any {
	switch n := m.IntN(12); {
	case n < 2 && depth > 0:
		return m.mapping(depth - 1)
	case n < 4 && depth > 0:
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(depth-1))
		}
		return list
	case n == 4:
		return m.Int64() >> m.IntN(64)
	case n == 5:
		return -m.Int64N(1000)
	case n == 6:
		return m.IntN(2) == 0
	case n == 7:
		return nil
	case n == 8 && m.IntN(20) == 0:
		return m.Float64()
	}
	return m.text()
}

func (m maker) mapping(depth int) map[string]any {
	c := map[string]any{}
	for range m.IntN(5) {
		c[m.text()] = m.value(depth)
	}
	return c
}

// slowly is what New makes of the object's text with its keys in order, and what the encoder makes of that.
func slowly(t *testing.T, content map[string]any) (*Item, []byte) {
	t.Helper()
	text, err := sigsyaml.Marshal(content)
	if err != nil {
		t.Skipf("the object cannot be written: %v", err)
	}
	item, err := New(text)
	if err != nil {
		t.Skipf("the text of the object cannot be read: %v", err)
	}
	inOrder(item.node)
	item.node.Content = heading(item.node.Content)
	return item, encode(item.node)
}

// inOrder sorts the keys of all maps by their bytes. The text of an object calls a key `<<` as a merge is called; it is none.
func inOrder(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		var pairs [][]*yaml.Node
		for pair := range slices.Chunk(n.Content, 2) {
			if pair[0].Tag == merge {
				pair[0].SetString(pair[0].Value)
				pair[0].Style = yaml.DoubleQuotedStyle
			}
			pairs = append(pairs, slices.Clone(pair))
		}
		slices.SortFunc(pairs, func(a, b []*yaml.Node) int { return strings.Compare(a[0].Value, b[0].Value) })
		n.Content = slices.Concat(pairs...)
	}
	for _, c := range n.Content {
		inOrder(c)
	}
}

// FuzzOf holds Of to what New makes of the object's text: the same text, before and after marks are set; what is read of the
// item is what Kubernetes reads of that text; and setting a mark changes nothing that somebody has already.
func FuzzOf(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		m := maker{rand.New(rand.NewPCG(seed, 1))}
		content := m.mapping(4)
		content["apiVersion"], content["kind"] = "v1", "ConfigMap"
		content["metadata"] = map[string]any{"name": "x", "annotations": map[string]any{object.SourceKey: "a/b.yaml", m.text(): m.text()}}
		want, text := slowly(t, content)
		got, err := Of(object.Object{Unstructured: &unstructured.Unstructured{Object: content}})
		if err != nil {
			t.Fatal(err)
		}
		inOrder(got.node) // what Of leaves to New is in New's order
		got.node.Content = heading(got.node.Content)
		if diff := cmp.Diff(string(text), string(got.Text())); diff != "" {
			t.Fatalf("Of(%#v).Text (-New +Of):\n%s", content, diff)
		}
		before, read := *got, runtime.DeepCopyJSON(reads(t, got))
		before.text = nil
		for _, i := range []*Item{want, got} {
			i.SetAnnotation(object.RenderedByKey, "f")
			i.SetAnnotation(pathKey, "a.yaml")
			i.SetLabel(object.LabelChecked, "1")
		}
		if diff := cmp.Diff(string(encode(want.node)), string(encode(got.node))); diff != "" {
			t.Fatalf("Of(%#v) with marks (-New +Of):\n%s", content, diff)
		}
		if diff := cmp.Diff(reads(t, want), reads(t, got)); diff != "" {
			t.Fatalf("Objects of %#v (-of the text +Of):\n%s", content, diff)
		}
		if !bytes.Equal(before.Text(), text) || !reflect.DeepEqual(read, reads(t, &before)) {
			t.Fatalf("Of(%#v): marks changed what was there before", content)
		}
	})
}

// reads is the item as Kubernetes reads it; what cannot be read is told as that.
func reads(t *testing.T, i *Item) map[string]any {
	t.Helper()
	objects, findings := i.Objects()
	if len(objects) != 1 {
		return map[string]any{"unread": findings.Error()}
	}
	return objects[0].Object
}

// TestKeyOrder: what is made of an object says first which object it is, and the rest by the bytes of its keys.
func TestKeyOrder(t *testing.T) {
	item, err := Of(object.Object{Unstructured: &unstructured.Unstructured{Object: map[string]any{
		"b": "1", "a_b": "2", "aB": "3", "a10": "4", "a9": "5", "kind": "K", "apiVersion": "v1", "metadata": map[string]any{"name": "x"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = "apiVersion: v1\nkind: K\nmetadata:\n  name: x\na10: \"4\"\na9: \"5\"\naB: \"3\"\na_b: \"2\"\nb: \"1\"\n"
	if got := string(item.Text()); got != want {
		t.Errorf("Of = %s, want %s", got, want)
	}
}

// TestOfRare: texts that the encoder writes as something else than they are come out as they are.
func TestOfRare(t *testing.T) {
	for _, text := range []string{"a\u0085---\u0085b", "\u0085", "a\u0085", "<<"} {
		content := map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x"}, "data": map[string]any{"a": text}}
		item, err := Of(object.Object{Unstructured: &unstructured.Unstructured{Object: content}})
		if err != nil {
			t.Errorf("Of(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(content, reads(t, item)); diff != "" {
			t.Errorf("Of(%q) (-want +got):\n%s\n%s", text, diff, item.Text())
		}
	}
	item, err := New([]byte("kind: A\ndata:\n  - <<\n  - a: <<\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(item.Text()), "kind: A\ndata:\n  - \"<<\"\n  - a: \"<<\"\n"; got != want {
		t.Errorf("New(…).Text = %q, want %q", got, want)
	}
}
