package suite

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/report"
)

// What suites mean, test/e2e/gator holds against gator; here is what needs no other program.
const archive = `
-- a/suite.yaml --
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests:
  - name: size
    template: ../size.yaml
    constraint: ../small.yaml
    cases:
      - {name: small, object: ../secret.yaml, assertions: [{violations: no}]}
      - {name: none, object: ../secret.yaml, assertions: []}
-- a/b/suite.yml --
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests: []
-- a/b/.git/suite.yaml --
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
-- a/notes.txt --
kind: Suite, test.gatekeeper.sh
-- size.yaml --
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: size}
spec:
  crd: {spec: {names: {kind: Size}, validation: {openAPIV3Schema: {type: object, properties: {most: {type: integer}}}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: K8sNativeValidation
          source: {validations: [{expression: size(object.stringData) <= variables.params.most, message: too large}]}
-- small.yaml --
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Size
metadata: {name: small}
spec: {parameters: {most: 1}}
-- secret.yaml --
apiVersion: v1
kind: Secret
metadata: {name: a}
stringData: {a: b}
`

func files() fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

func show(file string) string { return "shown/" + file }

func paths(suites []*Suite) string {
	var list []string
	for _, s := range suites {
		list = append(list, s.Path)
	}
	return strings.Join(list, " ")
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		path      string
		recursive bool
		want      string
		finding   string
	}{
		{path: "a", want: "shown/a/suite.yaml"},
		{path: "a", recursive: true, want: "shown/a/b/suite.yml shown/a/suite.yaml"},
		{path: ".", want: ""},
		{path: "a/suite.yaml", want: "shown/a/suite.yaml"},
		{path: "a/suite.yaml", recursive: true, finding: "only a folder has files below it"},
		{path: "a/notes.txt", finding: "a suite is a .yaml or .yml file"},
		{path: "size.yaml", finding: "there is no Suite of test.gatekeeper.sh in it"},
		{path: "c", finding: "shown/c: read suites: file does not exist"},
	} {
		suites, findings := Find(files(), Target{Path: c.path, Recursive: c.recursive, Show: show})
		if got := paths(suites); got != c.want || c.finding == "" != (len(findings) == 0) || !strings.Contains(findings.Error(), c.finding) {
			t.Errorf("Find(%s, %t) = %s, %v; want %s, %q", c.path, c.recursive, got, findings, c.want, c.finding)
		}
	}
}

func TestRun(t *testing.T) {
	suites, _ := Find(files(), Target{Path: "a", Show: show})
	now, secrets := time.Time{}, 0
	got := suites[0].Run(t.Context(), Options{
		FS:    files(),
		Now:   func() time.Time { now = now.Add(time.Second); return now },
		Learn: func(list []object.Object) { secrets += len(list) },
	})
	want := report.TestSuite{Path: "shown/a/suite.yaml", Duration: 7 * time.Second, Tests: []report.Test{{
		Name: "size", Duration: 5 * time.Second, Cases: []report.TestCase{
			{Name: "small", Status: report.Passed, Duration: time.Second},
			{Name: "none", Status: report.Failed, Message: "the case asserts nothing", Duration: time.Second},
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Run differs (-want +got):\n%s", diff)
	}
	if secrets != 1 {
		t.Errorf("Run told of %d Secrets, want 1", secrets)
	}
}

// An object that a case names as large as a suite may be is read; what is no YAML is said with its file.
func TestBadObjects(t *testing.T) {
	for text, want := range map[string]string{
		"a: [":                  "read shown/secret.yaml: ",
		"- a":                   "read shown/secret.yaml: ",
		"kind: Pod\nkind: Pod":  "already set in map",
		"apiVersion: v1":        "Object 'Kind' is missing",
		"# nothing":             "shown/secret.yaml holds no object",
		"kind: A\n---\nkind: B": "shown/secret.yaml holds 2 objects",
	} {
		fsys := files()
		fsys["secret.yaml"] = &fstest.MapFile{Data: []byte(text)}
		suites, _ := Find(fsys, Target{Path: "a", Show: show})
		got := suites[0].Run(t.Context(), Options{FS: fsys, Now: time.Now}).Tests[0].Cases[0]
		if got.Status != report.Failed || !strings.Contains(got.Message, want) {
			t.Errorf("%q: %s %q, want a failure with %q", text, got.Status, got.Message, want)
		}
	}
}

func TestFilter(t *testing.T) {
	one := &Test{Name: "labels", Cases: []Case{{Name: "missing"}, {Name: "there"}}}
	for _, c := range []struct {
		filter      string
		test, first bool
	}{
		{"", true, true},
		{"labels", true, true},
		{"missing", true, true},
		{"there", true, false},
		{"other", false, false},
		{"labels//missing", true, true},
		{"labels//there", true, false},
		{"missing//", false, false},
		{"//there", true, false},
	} {
		f, err := NewFilter(c.filter)
		if err != nil || f.Test(one) != c.test || f.Case("labels", "missing") != c.first {
			t.Errorf("NewFilter(%q) picks %t, %t, %v; want %t, %t", c.filter, f.Test(one), f.Case("labels", "missing"), err, c.test, c.first)
		}
	}
	for _, bad := range []string{"(", "a//(", "(//a", "a//b//c"} {
		if _, err := NewFilter(bad); err == nil {
			t.Errorf("NewFilter(%q) = no error", bad)
		}
	}
}
