package krm_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const stream = head + `items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: a
    namespace: x
    annotations: {config.kubernetes.io/path: a.yaml, config.kubernetes.io/index: '0'}
  data: {k: v}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
functionConfig:
  apiVersion: otomi.io/v1alpha1
  kind: Test
  metadata: {name: test}
  spec: {size: 1}
`

func run(t *testing.T, f krm.Func, in string) (code int, out, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), krm.Function{Name: "test", Run: f}, krm.Process{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func TestResults(t *testing.T) {
	f := func(_ context.Context, l *krm.List) diag.Findings {
		file, bare, key := l.File(l.Items[0]), l.File(l.Config), l.Within(l.Items[0], "env/x.yaml", []byte("a: 1\nb: 2\n"))
		onObject := diag.Warningf("some-policy", diag.Position{File: file.Name, Line: 7, Col: 8}, "wrong").WithPath("data.k")
		onObject.Object = "ConfigMap/x/a"
		l.Items[0].SetLabel("changed", "yes")
		l.Items = l.Items[:1]
		return diag.Findings{
			diag.Infof("nowhere", diag.Position{}, "for the record").WithPath("x.y"),
			onObject,
			diag.Errorf("in-config", diag.Position{File: bare.Name, Line: 3, Col: 1}, "bad").WithPath("spec.size").WithHint("try 2"),
			diag.Errorf("in-key", diag.Position{File: key, Line: 2, Col: 4}, "bad").WithNote(diag.Position{File: bare.Name, Line: 9}, "see"),
		}
	}
	code, out, stderr := run(t, f, stream)
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	before, results, found := strings.Cut(out, "results:\n")
	if !found || before != stream { // what a function did before it failed does not count
		t.Errorf("stdout does not hold the list as it came:\n%s", out)
	}
	want := `- message: for the record
  severity: info
  tags:
    path: x.y
    rule: nowhere
- field:
    path: spec.size
  message: bad (try 2)
  resourceRef:
    apiVersion: otomi.io/v1alpha1
    kind: Test
    name: test
  severity: error
  tags:
    rule: in-config
- field:
    path: data.k
  file:
    path: a.yaml
  message: wrong
  resourceRef:
    apiVersion: v1
    kind: ConfigMap
    name: a
    namespace: x
  severity: warning
  tags:
    column: "8"
    line: "7"
    rule: some-policy
- file:
    path: env/x.yaml
  message: 'bad; Test.otomi.io/test: see'
  resourceRef:
    apiVersion: v1
    kind: ConfigMap
    name: a
    namespace: x
  severity: error
  tags:
    column: "4"
    line: "2"
    rule: in-key
`
	if diff := cmp.Diff(want, results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	wantErr := `info: x.y: for the record [nowhere]
Test.otomi.io/test: error: spec.size: bad [in-config]
    try 2
a.yaml:7:8: warning: ConfigMap/x/a: data.k: wrong [some-policy]
    7 | data: {k: v}
      |        ^
env/x.yaml:2:4: error: bad [in-key]
    2 | b: 2
      |    ^
    Test.otomi.io/test: see
`
	if diff := cmp.Diff(wantErr, stderr); diff != "" {
		t.Errorf("stderr (-want +got):\n%s", diff)
	}
}

// TestLines checks that lines are told only where they are those of a file.
func TestLines(t *testing.T) {
	several := head + `items:
- {apiVersion: v1, kind: A, metadata: {name: a, annotations: {config.kubernetes.io/path: f.yaml, config.kubernetes.io/index: '0'}}}
- {apiVersion: v1, kind: A, metadata: {name: b, annotations: {config.kubernetes.io/path: f.yaml, config.kubernetes.io/index: '1'}}}
- {apiVersion: v1, kind: A, metadata: {name: c, annotations: {config.kubernetes.io/path: g.yaml}}}
- {apiVersion: v1, kind: A, metadata: {name: d}}
`
	l := read(t, []byte(several))
	for i, want := range []string{"f.yaml", "f.yaml", "g.yaml:3:4", "A/d"} {
		at := diag.Position{File: l.File(l.Items[i]).Name, Line: 3, Col: 4}
		if i == 0 { // that another item is in the file is known once it was named
			l.File(l.Items[1])
		}
		if got := l.Position(at).String(); got != want {
			t.Errorf("Position in item %d = %s, want %s", i, got, want)
		}
	}
}

func TestFailure(t *testing.T) {
	crash := func(context.Context, *krm.List) diag.Findings { panic("oh") }
	pass := func(context.Context, *krm.List) diag.Findings { return nil }
	for name, c := range map[string]struct {
		f        krm.Func
		in, want string
	}{
		"panic":   {crash, head + "items:\n- {apiVersion: v1, kind: A}\n", head + "items:\n- {apiVersion: v1, kind: A}\nresults:\n- message: 'this is a bug: oh'\n  severity: error\n  tags:\n    rule: internal\n"},
		"no list": {pass, "kind: Foo\n", head + "items: []\nresults:\n- message: stdin holds no apiVersion Foo, not a ResourceList of config.kubernetes.io/v1\n  severity: error\n  tags:\n    rule: resource-list\n"},
	} {
		code, out, stderr := run(t, c.f, c.in)
		if code != 1 || stderr == "" {
			t.Errorf("%s: exit code %d, stderr %q; want 1 and a message", name, code, stderr)
		}
		if diff := cmp.Diff(c.want, out); diff != "" {
			t.Errorf("%s: stdout (-want +got):\n%s", name, diff)
		}
	}
	if code := krm.Run(t.Context(), krm.Function{Run: pass}, krm.Process{In: failing{}, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); code != 1 {
		t.Errorf("exit code %d when stdin fails, want 1", code)
	}
	if code := krm.Run(t.Context(), krm.Function{Run: pass}, krm.Process{In: strings.NewReader(stream), Out: failing{}, Err: &bytes.Buffer{}}); code != 1 {
		t.Errorf("exit code %d when stdout fails, want 1", code)
	}
}

// failing is a stream that breaks.
type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, errors.New("broken") }
func (failing) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestTooLarge(t *testing.T) {
	in := head + "items: []\n#" + strings.Repeat("x", 64<<20)
	code, out, _ := run(t, nil, in)
	if code != 1 || !strings.Contains(out, "more than the 67108864 bytes that a function reads") {
		t.Errorf("Run of 64 MB = %d, %s", code, out)
	}
}

func TestConfigure(t *testing.T) {
	type spec struct {
		Size int `json:"size"`
	}
	for name, c := range map[string]struct{ config, want string }{
		"none":          {"", "there is no functionConfig (give one: apiVersion: otomi.io/v1alpha1, kind: Test)"},
		"null":          {"functionConfig:\n", "there is no functionConfig (give one: apiVersion: otomi.io/v1alpha1, kind: Test)"},
		"empty":         {"functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}}\n", "there is no functionConfig (give one: apiVersion: otomi.io/v1alpha1, kind: Test)"},
		"other kind":    {"functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Tset, metadata: {name: a}}\n", "Tset.otomi.io/a: the functionConfig is otomi.io/v1alpha1 Tset, not otomi.io/v1alpha1 Test (a ConfigMap with the fields of its spec as data will do, too)"},
		"no name":       {"functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Test}\n", "Test.otomi.io/: metadata.name: the functionConfig has no name"},
		"unknown field": {"functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Test, metadata: {name: a}, spec: {sise: 1}}\n", `Test.otomi.io/a:1:73: spec.sise: unknown field "sise" (did you mean "size"?)`},
		"wrong type":    {"functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Test, metadata: {name: a}, spec: {size: x}}\n", `Test.otomi.io/a:1:79: spec.size: want an integer, have the string "x"`},
		"ambiguous":     {"functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Test, metadata: {name: a}, spec: {size: no}}\n", `Test.otomi.io/a:1:79: no is a string in YAML 1.2 and a boolean in YAML 1.1 (write true or false, or "no" in quotes for the string)`},
		"right":         {"functionConfig: {apiVersion: otomi.io/v1alpha1, kind: Test, metadata: {name: a}, spec: {size: 3}}\n", ""},
	} {
		l := read(t, []byte(head+"items: []\n"+c.config))
		got, findings := krm.Configure[spec](l, "Test")
		if findings.Error() != c.want {
			t.Errorf("%s: Configure = %s\nwant %s", name, findings.Error(), c.want)
		}
		if c.want == "" && got.Size != 3 {
			t.Errorf("%s: Configure = %+v", name, got)
		}
	}
}

func TestArguments(t *testing.T) {
	dir, self := t.TempDir(), filepath.Join(t.TempDir(), "self")
	if err := os.WriteFile(self, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args        []string
		code        int
		out, stderr string
	}{
		{[]string{"--help"}, 0, "how to use it", ""},
		{[]string{"-h"}, 0, "how to use it", ""},
		{[]string{"--version"}, 0, "v1.2.3\n", ""},
		{[]string{"install", dir}, 0, "", ""},
		{[]string{"install", filepath.Join(dir, "missing")}, 1, "", "error: install test: open " + filepath.Join(dir, "missing")},
		{[]string{"install"}, 2, "", "usage: test < ResourceList"},
		{[]string{"--helm"}, 2, "", "usage: test < ResourceList"},
	} {
		var out, stderr bytes.Buffer
		code := krm.Run(t.Context(), krm.Function{Name: "test"}, krm.Process{
			Help: "how to use it", Version: "v1.2.3", Args: c.args, Out: &out, Err: &stderr,
			Executable: func() (string, error) { return self, nil },
		})
		if code != c.code || out.String() != c.out || !strings.HasPrefix(stderr.String(), c.stderr) {
			t.Errorf("Run(%v) = %d, %q, %q; want %d, %q, %q", c.args, code, out.String(), stderr.String(), c.code, c.out, c.stderr)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "test"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("install made %v, %v; want a program", info, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("install left %d files, want 1", len(left))
	}
}
