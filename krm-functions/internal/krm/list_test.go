package krm_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

func read(t testing.TB, data []byte) *krm.List {
	t.Helper()
	list, findings := krm.Read(data)
	if findings.Failed() {
		t.Fatalf("Read(%s): %v", data, findings)
	}
	return list
}

func write(t testing.TB, list *krm.List) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := list.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"

// layouts are lists as orchestrators and people write them, each in the order in which a list is written.
func layouts() map[string]string {
	return map[string]string{
		"empty": head + "items: []\n",
		"kyaml": head + `items:
- # a comment
  apiVersion: v1
  kind: ConfigMap
  metadata:
    name: a # another
    annotations:
      config.kubernetes.io/index: '0'
  data:
    script: |
      #!/bin/sh
      - not an item
      ---
      # not a comment

    keep: |+
      x

# above b
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
functionConfig:
  apiVersion: otomi.io/v1alpha1
  kind: Test
`,
		"indented": head + "items:\n    - apiVersion: v1\n      kind: A\n      x: [1,   2]\n    -\n      # inside\n      apiVersion: v1\n      kind: B\n    - {apiVersion: v1, kind: C,\n      metadata: {name: c}}\n",
		"wide":     head + "items:\n-   apiVersion: v1\n    kind: A\n    list:\n    - 1\n-   kind: B\n    apiVersion: v1\n",
		"crlf":     head + "items:\n- apiVersion: v1\r\n  kind: A\r\n  text: |\r\n    x\r\n- apiVersion: v1\r\n  kind: B\r\n",
		"anchors":  head + "items:\n- apiVersion: v1\n  kind: A\n  metadata:\n    labels: &l {a: b}\n  selector: *l\n- &i\n  apiVersion: v1\n  kind: B\n",
		"quoted":   head + "items:\n- apiVersion: v1\n  kind: A\n  q: \"a\n    # b\n    - c\"\n# for b\n- apiVersion: v1\n  kind: B\n",
	}
}

func TestUntouched(t *testing.T) {
	for name, text := range layouts() {
		if diff := cmp.Diff(text, string(write(t, read(t, []byte(text))))); diff != "" {
			t.Errorf("%s: Write(Read) (-want +got):\n%s", name, diff)
		}
	}
}

// TestRewritten are lists whose frame is not as Write makes it.
func TestRewritten(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"JSON": {
			`{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"apiVersion":"v1","kind":"A","n":1e3,"s":"no"}]}`,
			head + "items:\n- {\"apiVersion\": \"v1\", \"kind\": \"A\", \"n\": 1e3, \"s\": \"no\"}\n",
		},
		"no items":     {head, head + "items: []\n"},
		"null items":   {head + "items:\n", head + "items: []\n"},
		"old version":  {"apiVersion: config.kubernetes.io/v1beta1\nkind: ResourceList\nitems: []\n", "apiVersion: config.kubernetes.io/v1beta1\nkind: ResourceList\nitems: []\n"},
		"old results":  {head + "items: []\nresults:\n- message: x\n", head + "items: []\n"},
		"marker":       {"---\n" + head + "items:\n- apiVersion: v1\n  kind: A\n...\n", head + "items:\n- apiVersion: v1\n  kind: A\n"},
		"no last line": {head + "items:\n- apiVersion: v1\n  kind: A\n- apiVersion: v1\n  kind: B\n  x: |\n    y", head + "items:\n- apiVersion: v1\n  kind: A\n- apiVersion: v1\n  kind: B\n  x: |-\n    y\n"},
		"config first": {
			"kind: ResourceList\nfunctionConfig: {apiVersion: x/v1, kind: F}\napiVersion: config.kubernetes.io/v1\nitems:\n  - apiVersion: v1\n    kind: A\n",
			head + "items:\n  - apiVersion: v1\n    kind: A\nfunctionConfig:\n  {apiVersion: x/v1, kind: F}\n",
		},
	} {
		if diff := cmp.Diff(c.want, string(write(t, read(t, []byte(c.in))))); diff != "" {
			t.Errorf("%s: Write(Read) (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadBad(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":          {" \n", "stdin is empty; it takes a ResourceList"},
		"not YAML":       {"a: [", "read ResourceList: line 1: did not find expected node content"},
		"cut off":        {`{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"apiVe`, "read ResourceList: "},
		"a list":         {"- a\n", "stdin holds no map; it takes a ResourceList"},
		"a manifest":     {"apiVersion: v1\nkind: ConfigMap\n", "stdin holds v1 ConfigMap, not a ResourceList of config.kubernetes.io/v1"},
		"nothing":        {"{}", "stdin holds no apiVersion no kind, not a ResourceList of config.kubernetes.io/v1"},
		"two documents":  {head + "items: []\n---\n" + head, "a second document begins in line 4; the stream holds one ResourceList"},
		"broken second":  {head + "items: []\n---\n}", "read ResourceList: "},
		"not UTF-8":      {head + "items: [\xff]", "the stream is not UTF-8 text"},
		"items a map":    {head + "items: {}\n", "items is no list"},
		"items twice":    {head + "items: []\nitems: []\n", "the ResourceList has items twice"},
		"a scalar":       {head + "items: [x]\n", "items[0] is no object"},
		"no kind":        {head + "items:\n- apiVersion: v1\n  kind: A\n- apiVersion: v1\n  metadata: {name: x, annotations: {config.kubernetes.io/path: x.yaml}}\n", "x.yaml: x: items[1] has no kind"},
		"no apiVersion":  {head + "items:\n- {kind: A, metadata: {name: b}}\n", "A/b: items[0] has no apiVersion"},
		"config no kind": {head + "items: []\nfunctionConfig: {apiVersion: v1}\n", "functionConfig has no kind"},
		"shared anchor":  {head + "items:\n- {apiVersion: v1, kind: A, x: &x 1}\n- {apiVersion: v1, kind: B, x: *x}\n", "items[1] holds an alias to an anchor elsewhere, or around itself"},
		"alias cycle":    {head + "items:\n- {apiVersion: v1, kind: A, x: &x [*x]}\n", "items[0] holds an alias to an anchor elsewhere, or around itself"},
	} {
		_, findings := krm.Read([]byte(c.in))
		if got := findings.Error(); !strings.HasPrefix(got, c.want) || got == "" {
			t.Errorf("%s: Read = %q, want %q", name, got, c.want)
		}
	}
}

func TestReadBomb(t *testing.T) {
	bomb := head + "items:\n- apiVersion: v1\n  kind: A\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := byte('1'); i < '9'; i++ {
		prev := "*a" + string(i-1)
		bomb += "  a" + string(i) + ": &a" + string(i) + " [" + strings.Repeat(prev+", ", 9) + prev + "]\n"
	}
	_, findings := krm.Read([]byte(bomb))
	if want := "items[0]: its aliases stand for more than 4194304 values"; findings.Error() != want {
		t.Errorf("Read = %v, want %s", findings, want)
	}
}

// TestText checks that an item's text has the lines and columns of the file that it came from.
func TestText(t *testing.T) {
	file := "# of the file\napiVersion: v1\nkind: A\nmetadata:\n  name: a\n  annotations:\n    x: y\ntext: |\n    deep\n\n  # no comment\nlist:\n- 1\n"
	bare := "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nx: 1\n"
	for name, c := range map[string]struct{ in, want string }{
		"kept annotation": {strings.Replace(file, "    x: y\n", "    config.kubernetes.io/index: '0'\n    x: y\n    internal.config.kubernetes.io/path: 'a.yaml'\n    kustomize.config.k8s.io/id: |\n      kind: A\n      name: a\n", 1), file},
		"no annotation":   {strings.Replace(bare, "x: 1\n", "  annotations:\n    config.kubernetes.io/path: 'a.yaml'\nx: 1\n", 1), bare},
		"between":         {strings.Replace(bare, "  name: a\n", "  annotations:\n    config.kubernetes.io/path: 'a.yaml'\n  name: a\n", 1), bare},
		"flow":            {"apiVersion: v1\nkind: A\nmetadata: {annotations: {config.kubernetes.io/path: a}}\n", "apiVersion: v1\nkind: A\nmetadata: {annotations: {config.kubernetes.io/path: a}}\n"},
	} {
		for layout, in := range map[string]string{
			"compact":  "items:\n- " + strings.ReplaceAll(c.in, "\n", "\n  "),
			"indented": "items:\n    -   " + strings.ReplaceAll(c.in, "\n", "\n        "),
		} {
			in = head + "items:\n- {apiVersion: v1, kind: First}\n" + strings.TrimRight(strings.TrimPrefix(in, "items:\n"), " ")
			if layout == "indented" {
				in = strings.Replace(in, "- {api", "    - {api", 1)
			}
			if diff := cmp.Diff(c.want, string(read(t, []byte(in)).Items[1].Text())); diff != "" {
				t.Errorf("%s, %s: Text (-want +got):\n%s", name, layout, diff)
			}
		}
	}
}

// TestAsKustomizeWrites: strings that kustomize writes in ways of YAML 1.1 keep their bytes when left alone, and are read as what
// they were.
func TestAsKustomizeWrites(t *testing.T) {
	in := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" +
		"- apiVersion: v1\n  kind: A\n  data:\n    a: 'x\u2028      y'\n    b: |-\n      x\u2029      y\n      z\n    c: !!merge <<\n    d: [!!merge <<]\n" +
		"- apiVersion: v1\n  kind: B\n" +
		"functionConfig:\n  apiVersion: v1\n  kind: C\n"
	list := read(t, []byte(in))
	if out := string(write(t, list)); out != in {
		t.Errorf("Write = %q\nwant what came, %q", out, in)
	}
	data := func(list *krm.List) any {
		root, findings := list.Items[0].Parse(list.File(list.Items[0]))
		if findings.Failed() {
			t.Fatal(findings)
		}
		return root.Get("data").Value()
	}
	want := map[string]any{"a": "x\u2028y", "b": "x\u2029y\nz", "c": "<<", "d": []any{"<<"}}
	if diff := cmp.Diff(want, data(list)); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
	list.Items[0].SetLabel("a", "b")
	if diff := cmp.Diff(want, data(read(t, write(t, list)))); diff != "" {
		t.Errorf("Parse of what was written anew (-want +got):\n%s", diff)
	}
}
