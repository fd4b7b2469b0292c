// Package functions_test runs the examples of every function, and holds the READMEs to them.
package functions_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/catalog"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

var update = flag.Bool("update", false, "write what the functions make of the examples")

func functions() map[string]krm.Function {
	byName := map[string]krm.Function{}
	for _, f := range catalog.All(os.DirFS) {
		byName[f.Name] = f
	}
	return byName
}

func run(t *testing.T, f krm.Function, in []byte) (code int, out, stderr []byte) {
	t.Helper()
	var o, e bytes.Buffer
	code = krm.Run(t.Context(), f, krm.Process{In: bytes.NewReader(in), Out: &o, Err: &e})
	return code, o.Bytes(), e.Bytes()
}

// TestExamples runs <function>/examples/<case>/in.yaml. The exit code follows from the severities of the results; what came
// out goes in again, and must not change.
func TestExamples(t *testing.T) {
	for name, f := range functions() {
		cases, err := filepath.Glob(filepath.Join(name, "examples", "*", "in.yaml"))
		if err != nil || len(cases) == 0 {
			t.Errorf("%s has no examples (%v)", name, err)
		}
		for _, file := range cases {
			t.Run(filepath.ToSlash(filepath.Dir(file)), func(t *testing.T) { example(t, f, file) })
		}
	}
}

func example(t *testing.T, f krm.Function, file string) {
	in, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, out, stderr := run(t, f, in)
	golden := filepath.Join(filepath.Dir(file), "out.yaml")
	if *update {
		if err := os.WriteFile(golden, out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(out)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
	failed := bytes.Contains(want, []byte("\n  severity: error"))
	if failed != (code == 1) || failed && len(stderr) == 0 {
		t.Errorf("exit code %d, stderr %q, for results of which one is an error: %v", code, stderr, failed)
	}
	if _, again, _ := run(t, f, out); !bytes.Equal(lasting(out), again) {
		t.Errorf("a second run changes the result (-first +second):\n%s", cmp.Diff(string(lasting(out)), string(again)))
	}
}

// lasting is a list without the results that only the run has which removes something.
func lasting(out []byte) []byte {
	kept := regexp.MustCompile(`(?m)^- .*\n(?:  .*\n)*`).ReplaceAllFunc(out, func(entry []byte) []byte {
		if bytes.Contains(entry, []byte("\n    rule: removed-item\n")) {
			return nil
		}
		return entry
	})
	return regexp.MustCompile(`(?m)^results:\n\z`).ReplaceAll(kept, nil)
}

// TestReadme checks that the functionConfig in each README is one that an example runs.
func TestReadme(t *testing.T) {
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	for name := range functions() {
		text, err := os.ReadFile(filepath.Join(name, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		m := block.FindSubmatch(text)
		if m == nil {
			t.Errorf("%s/README.md shows no functionConfig", name)
			continue
		}
		shown, findings := source.Parse(name+"/README.md", m[1])
		if findings.Failed() {
			t.Fatal(findings)
		}
		if !runs(t, name, shown.Value()) {
			t.Errorf("no example of %s has the functionConfig that its README shows", name)
		}
	}
}

// runs reports whether an example has the functionConfig.
func runs(t *testing.T, name string, config any) bool {
	t.Helper()
	cases, _ := filepath.Glob(filepath.Join(name, "examples", "*", "in.yaml"))
	for _, file := range cases {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list, findings := source.Parse(file, text)
		if findings.Failed() {
			t.Fatal(findings)
		}
		if cmp.Equal(list.Get("functionConfig").Value(), config) {
			return true
		}
	}
	return false
}

// TestEmpty gives every function what orchestrators send when there is nothing: it must answer with a list, and say what is
// missing rather than guess.
func TestEmpty(t *testing.T) {
	empty := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"
	for name, want := range map[string]string{
		"merge-values":       "error: there is no functionConfig [function-config]\n    give one: apiVersion: otomi.io/v1alpha1, kind: MergeValues\n",
		"render-platform":    "error: there is no functionConfig [function-config]\n    give one: apiVersion: otomi.io/v1alpha1, kind: RenderPlatform\n",
		"render-charts":      "error: there is no functionConfig [function-config]\n    give one: apiVersion: otomi.io/v1alpha1, kind: RenderCharts\n",
		"render-templates":   "error: there is no functionConfig [function-config]\n    give one: apiVersion: otomi.io/v1alpha1, kind: RenderTemplates\n",
		"validate-values":    "error: there is no functionConfig [function-config]\n    give one: apiVersion: otomi.io/v1alpha1, kind: ValidateValues\n",
		"pipeline":           "error: there is no functionConfig [function-config]\n    give one: apiVersion: otomi.io/v1alpha1, kind: Pipeline\n",
		"validate-manifests": "",
		"check-policies":     "",
	} {
		code, out, stderr := run(t, functions()[name], []byte(empty))
		if string(stderr) != want || (code == 0) != (want == "") || !strings.HasPrefix(string(out), empty) {
			t.Errorf("%s of an empty list = %d, %q, %q; want stderr %q", name, code, out, stderr, want)
		}
	}
}
