package krm_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const mine = `- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: same # kept
    annotations:
      internal.config.kubernetes.io/path: old/same.yaml
      otomi.io/rendered-by: test
    labels: {validated-by: somebody}
  data: {a: '1'}
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: changed
    annotations:
      internal.config.kubernetes.io/path: old/changed.yaml
      internal.config.kubernetes.io/index: '2'
      otomi.io/rendered-by: test
  data: {a: '1'}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: gone, annotations: {otomi.io/rendered-by: test}}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: foreign}} # stays
- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: v, annotations: {otomi.io/rendered-by: test}}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: beside, annotations: {config.kubernetes.io/path: new.yaml}}}
`

const config = "functionConfig:\n  apiVersion: otomi.io/v1alpha1\n  kind: Test\n  metadata: {name: test}\n"

func items(t *testing.T, texts ...string) []*krm.Item {
	t.Helper()
	var all []*krm.Item
	for _, text := range texts {
		i, err := krm.New([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, i)
	}
	return all
}

func configMap(name, data string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\ndata:\n  a: \"" + data + "\"\n"
}

func own(l *krm.List, wanted []*krm.Item) error { return owned(l, wanted).Err() }

func owned(l *krm.List, wanted []*krm.Item) diag.Findings {
	return l.Own(wanted, func(*krm.Item) string { return "new.yaml" }, func(i *krm.Item) bool { return i.Kind() != "Values" })
}

func TestOwn(t *testing.T) {
	l := read(t, []byte(head+"items:\n"+mine+config))
	if err := own(l, items(t, configMap("new", "1"), configMap("changed", "2"), configMap("same", "1"))); err != nil {
		t.Fatal(err)
	}
	want := head + `items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: same # kept
    annotations:
      internal.config.kubernetes.io/path: old/same.yaml
      otomi.io/rendered-by: test
    labels: {validated-by: somebody}
  data: {a: '1'}
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: changed
    annotations:
      otomi.io/rendered-by: test
      internal.config.kubernetes.io/path: old/changed.yaml
      internal.config.kubernetes.io/index: "2"
  data:
    a: "2"
- {apiVersion: v1, kind: ConfigMap, metadata: {name: foreign}} # stays
- {apiVersion: otomi.io/v1alpha1, kind: Values, metadata: {name: v, annotations: {otomi.io/rendered-by: test}}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: beside, annotations: {config.kubernetes.io/path: new.yaml}}}
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: new
    annotations:
      otomi.io/rendered-by: test
      internal.config.kubernetes.io/path: new.yaml
      config.kubernetes.io/path: new.yaml
      internal.config.kubernetes.io/index: "1"
      config.kubernetes.io/index: "1"
  data:
    a: "1"
functionConfig:
  apiVersion: otomi.io/v1alpha1
  kind: Test
  metadata: {name: test}
`
	once := write(t, l)
	if diff := cmp.Diff(want, string(once)); diff != "" {
		t.Errorf("Own (-want +got):\n%s", diff)
	}
	again := read(t, once)
	if err := own(again, items(t, configMap("new", "1"), configMap("changed", "2"), configMap("same", "1"))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(once), string(write(t, again))); diff != "" {
		t.Errorf("a second Own changed something (-first +second):\n%s", diff)
	}
}

func TestOwnRefuses(t *testing.T) {
	for name, c := range map[string]struct{ items, want string }{
		"unmarked": {
			"- {apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {config.kubernetes.io/path: x.yaml}}}\n",
			"x.yaml: ConfigMap/a: the function renders an item of this identity, and the one in the stream has another origin (remove one of the two)",
		},
		"another's": {
			"- {apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {otomi.io/rendered-by: other}}}\n",
			"ConfigMap/a: the function renders an item of this identity, and the one in the stream is rendered by other (remove one of the two)",
		},
		"twice": {
			"- {apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {otomi.io/rendered-by: test}}}\n" +
				"- {apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {otomi.io/rendered-by: test}}}\n",
			"ConfigMap/a: the stream has this item twice (remove one of the two)",
		},
	} {
		l := read(t, []byte(head+"items:\n"+c.items+config))
		before := len(l.Items)
		err := own(l, items(t, configMap("a", "1")))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: Own = %v, want %s", name, err, c.want)
		}
		if len(l.Items) != before {
			t.Errorf("%s: Own changed the list although it failed", name)
		}
	}
}

// indent is a document as an item of a list, without its dash and last line end.
func indent(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ")
}

// TestSetLabel checks that a change of one place changes no other.
func TestSetLabel(t *testing.T) {
	for name, c := range map[string]struct{ item, want string }{
		"no metadata":   {"apiVersion: v1\nkind: A\n", "apiVersion: v1\nkind: A\nmetadata:\n  labels:\n    validated-by: x\n"},
		"empty":         {"apiVersion: v1\nkind: A\nmetadata:\n  labels: {}\n", "apiVersion: v1\nkind: A\nmetadata:\n  labels:\n    validated-by: x\n"},
		"null":          {"apiVersion: v1\nkind: A\nmetadata:\n  labels:\n", "apiVersion: v1\nkind: A\nmetadata:\n  labels:\n    validated-by: x\n"},
		"anchor":        {"kind: A\napiVersion: v1\nmetadata:\n  labels: &l {a: b}\nselector: *l\n", "kind: A\napiVersion: v1\nmetadata:\n  labels: {a: b, validated-by: x}\nselector: {a: b}\n"},
		"alias":         {"kind: A\napiVersion: v1\nselector: &l\n  a: b\nmetadata:\n  labels: *l\n", "kind: A\napiVersion: v1\nselector:\n  a: b\nmetadata:\n  labels:\n    a: b\n    validated-by: x\n"},
		"other value":   {"apiVersion: v1\nkind: A\nmetadata:\n  labels:\n    validated-by: y # by y\n", "apiVersion: v1\nkind: A\nmetadata:\n  labels:\n    validated-by: x # by y\n"},
		"same value":    {"apiVersion: v1\nkind: A\nmetadata:\n  labels: {  validated-by:   x }\n", "apiVersion: v1\nkind: A\nmetadata:\n  labels: {  validated-by:   x }\n"},
		"other scalars": {"apiVersion: v1\nkind: A\nmetadata: {labels: {}}\nold: yes\noct: 0644\nbig: 9007199254740993\ntext: |\n  a\n   b\n", "apiVersion: v1\nkind: A\nmetadata: {labels: {validated-by: x}}\nold: yes\noct: 0644\nbig: 9007199254740993\ntext: |\n  a\n   b\n"},
	} {
		item := read(t, []byte(head+"items:\n- "+indent(c.item)+"\n")).Items[0]
		item.SetLabel("validated-by", "x")
		if diff := cmp.Diff(c.want, string(item.Text())); diff != "" {
			t.Errorf("%s: SetLabel (-want +got):\n%s", name, diff)
		}
	}
}

// TestSetLabelRefuses: where something else stands than the map that is to hold a label, it stays.
func TestSetLabelRefuses(t *testing.T) {
	for name, c := range map[string]struct{ item, want string }{
		"empty list":  {"{apiVersion: v1, kind: A, metadata: {name: a, labels: []}}", "A/a: metadata.labels: want a map, have a list (write labels as keys with values)"},
		"list":        {"{apiVersion: v1, kind: A, metadata: {name: a, labels: [x, y]}}", "A/a: metadata.labels: want a map, have a list (write labels as keys with values)"},
		"text":        {"{apiVersion: v1, kind: A, metadata: {name: a, labels: foo}}", "A/a: metadata.labels: want a map, have a value (write labels as keys with values)"},
		"no metadata": {"{apiVersion: v1, kind: A, metadata: [x]}", "A/: metadata: want a map, have a list (write labels as keys with values)"},
		"member": {
			"{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: A, metadata: {name: a}}, {apiVersion: v1, kind: A, metadata: {name: b, labels: [x]}}]}",
			"List/: items[1].metadata.labels: want a map, have a list (write labels as keys with values)",
		},
	} {
		set := func(_ context.Context, l *krm.List) diag.Findings {
			f := l.Items[0].SetLabel("validated-by", "x")
			if f == nil {
				t.Fatalf("%s: SetLabel found nothing wrong:\n%s", name, l.Items[0].Text())
			}
			if f.String() != c.want {
				t.Errorf("%s: SetLabel = %s, want %s", name, f, c.want)
			}
			return diag.Findings{*f}
		}
		in := head + "items:\n- " + c.item + "\n"
		if code, out, _ := run(t, set, in); code != 1 || !strings.HasPrefix(out, in) {
			t.Errorf("%s: code %d, stdout\n%s", name, code, out)
		}
	}
	l := read(t, []byte(head+"items: []\n"+config))
	if err := own(l, items(t, "{apiVersion: v1, kind: A, metadata: {name: a, annotations: [x]}}")); err == nil || len(l.Items) != 0 {
		t.Errorf("Own of an item with a list of annotations = %v, %d items", err, len(l.Items))
	}
}

const marked = "items:\n- {apiVersion: v1, kind: A, metadata: {name: a, annotations: {config.kubernetes.io/path: a.yaml, otomi.io/rendered-by: test}}}\n"

// TestRemovals: what goes is said, in a result of the item; and nothing goes that another functionConfig without a name may have
// rendered.
func TestRemovals(t *testing.T) {
	render := func(_ context.Context, l *krm.List) diag.Findings { return owned(l, nil) }
	code, out, _ := run(t, render, head+marked+config)
	want := head + "items: []\n" + config + `results:
- file:
    path: a.yaml
  message: 'the item is removed: the functionConfig "test" rendered it and does not
    any more'
  resourceRef:
    apiVersion: v1
    kind: A
    name: a
  severity: info
  tags:
    rule: removed-item
`
	if diff := cmp.Diff(want, out); code != 0 || diff != "" {
		t.Errorf("code %d (-want +got):\n%s", code, diff)
	}
	in := head + marked + "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: function-input}\n  data: {a: b}\n"
	code, out, stderr := run(t, render, in)
	if code != 1 || !strings.HasPrefix(out, in) || !strings.Contains(stderr, "a.yaml: error: A/a: the item is not rendered any more") {
		t.Errorf("without a name of its own: code %d, stderr %s, stdout\n%s", code, stderr, out)
	}
}

// TestCopied: a template's annotations for orchestrators are not those of what it makes.
func TestCopied(t *testing.T) {
	l := read(t, []byte(head+"items: []\n"+config))
	item := items(t, "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  annotations: {config.kubernetes.io/function: 'exec: {path: x}', internal.config.kubernetes.io/id: '7', config.k8s.io/id: '7', kustomize.config.k8s.io/needs-hash: 'true', b: c}\n")
	if err := own(l, item); err != nil {
		t.Fatal(err)
	}
	want := "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  annotations: {kustomize.config.k8s.io/needs-hash: 'true', b: c, otomi.io/rendered-by: test, internal.config.kubernetes.io/path: new.yaml, config.kubernetes.io/path: new.yaml, internal.config.kubernetes.io/index: \"0\", config.kubernetes.io/index: \"0\"}\n"
	if diff := cmp.Diff(want, string(l.Items[0].Text())); diff != "" {
		t.Errorf("Own (-want +got):\n%s", diff)
	}
}

// TestFootComment: a comment below the last item stays that item's.
func TestFootComment(t *testing.T) {
	last := "- apiVersion: v1\n  kind: A\n  metadata: {name: x}\n# the end\n"
	l := read(t, []byte(head+"items:\n"+last+config))
	if err := own(l, items(t, configMap("a", "1"))); err != nil {
		t.Fatal(err)
	}
	once := write(t, l)
	if !strings.HasPrefix(string(once), head+"items:\n"+last+"\n- apiVersion") {
		t.Errorf("Own changed whose comment it is:\n%s", once)
	}
	again := read(t, once)
	if err := own(again, items(t, configMap("a", "1"))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(once), string(write(t, again))); diff != "" {
		t.Errorf("a second run (-first +second):\n%s", diff)
	}
	if text := string(again.Items[1].Text()); strings.Contains(text, "the end") {
		t.Errorf("the comment moved to the new item:\n%s", text)
	}
}
