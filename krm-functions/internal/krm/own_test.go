package krm_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func own(l *krm.List, wanted []*krm.Item) error {
	return l.Own(wanted, func(*krm.Item) string { return "new.yaml" }, func(i *krm.Item) bool { return i.Kind() != "Values" }).Err()
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
