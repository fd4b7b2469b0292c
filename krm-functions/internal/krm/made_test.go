package krm

import (
	"bytes"
	"math/rand/v2"
	"reflect"
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
		"a", "Zoo", "true", "no", "ON", "null", "~", "0", "12", "007", "0x1f", "0o17", "0b1", "1e3", "1_0", ".5", "-", "--a", "--- ", "+1", "2020-01-02", "T1:2:3Z", "1:20", "0 3 * * *",
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

// slowly is what New makes of the object's text, and what the encoder makes of that.
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
	return item, byEncoder(t, item.node)
}

func byEncoder(t *testing.T, n *yaml.Node) []byte {
	t.Helper()
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if !wide(n) {
		e.CompactSeqIndent()
	}
	if err := e.Encode(n); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
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
		if diff := cmp.Diff(string(byEncoder(t, want.node)), string(encode(got.node))); diff != "" {
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

// FuzzQuick holds the quick writer to the encoder, for whatever text can be read.
func FuzzQuick(f *testing.F) {
	for _, seed := range []string{
		"a: b\n", "a:\n- b\n- - c\n  - d: e\n    f: |\n      x\n\n        y\n", "a:\n  - b\n  - c: |-\n      x\n", "a: \"b c\"\n'd e': 'it''s'\n", "a: # why\n  b: 1\n", "a: &x {b: c}\nd: *x\n",
		"a: {}\nb: []\nc:\nd: ~\ne: null\n", "a: 0644\nb: -1\nc: 1e3\nd: true\ne: yes\nf: !!str 1\n", "'': x\n\"\\t\": y\n", "a: |+\n  x\n\n\nb: >\n  folded\n  text\n", "a: 'x: y'\nb: \"true\"\nc: '#'\n",
		"? " + strings.Repeat("long ", 40) + "\n: x\n", "a: - \nb: -\n", "- a\n", "a: |\n  # x\n", "a: !!binary eA==\nb: 2020-01-02\n", "<<: {a: b}\n", "!!map {a: b}\n", "a: !x y\n",
	} {
		f.Add([]byte(seed))
	}
	for seed := range uint64(100) {
		text, _ := sigsyaml.Marshal(maker{rand.New(rand.NewPCG(seed, 2))}.mapping(4))
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var doc yaml.Node
		if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
			return
		}
		n := doc.Content[0]
		text, ok := encodeQuickly(n, wide(n))
		if !ok {
			return
		}
		if diff := cmp.Diff(string(byEncoder(t, n)), string(text)); diff != "" {
			t.Fatalf("encodeQuickly of %q (-encoder +quick):\n%s", data, diff)
		}
	})
}

// TestQuick: what charts write is not left to the encoder.
func TestQuick(t *testing.T) {
	content := map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web-1", "labels": map[string]any{"app.kubernetes.io/version": "1.0.0", "n": "17"}},
		"spec": map[string]any{
			"replicas": int64(2), "paused": false, "strategy": nil, "selector": map[string]any{}, "list": []any{},
			"containers": []any{map[string]any{"image": "registry.acme.io/web:1.2@sha256:ab", "args": []any{"--a=b c", "", "true"}, "memory": "64Mi", "schedule": "*/5 3 * * 1", "at": "0 3 * * *", "port": int64(-1)}},
			"text":       "#!/bin/sh\nset -e\n\n  echo \"hello: world\"\n",
		},
	}
	n := made(content)
	if n == nil {
		t.Fatal("the object is left to the complete writer")
	}
	text, ok := encodeQuickly(n, false)
	if want := byEncoder(t, n); !ok || !bytes.Equal(text, want) {
		t.Errorf("encodeQuickly = %v\n%s\nwant\n%s", ok, text, want)
	}
}

// TestNatural: keys are in the order in which the complete writer has them.
func TestNatural(t *testing.T) {
	content := map[string]any{}
	for _, key := range []string{"a100", "a12", "a1", "a1b", "a-b", "a.b", "aB", "ab", "a", "B", "b", "é1", "éa", "1", "10", "2", "_x", "/x", "x10.2", "x10.10"} {
		content[key] = "v"
	}
	want, text := slowly(t, content)
	got, err := Of(object.Object{Unstructured: &unstructured.Unstructured{Object: content}})
	if err != nil || want == nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(got.Text())); diff != "" {
		t.Errorf("Of (-New +Of):\n%s", diff)
	}
}
