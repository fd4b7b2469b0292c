package relation_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/relation"
)

var update = flag.Bool("update", false, "write what is found")

// TestCheck holds testdata/<case>/objects.yaml against what is to be found in it.
func TestCheck(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join("testdata", "*", "objects.yaml"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("there are no cases (%v)", err)
	}
	for _, file := range cases {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := (diag.Text{}).Print(&b, relation.Check(parse(t, string(text)))); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join(filepath.Dir(file), "findings.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("Check(%s) (-want +got):\n%s", file, diff)
			}
		})
	}
}

func parse(t testing.TB, text string) []object.Object {
	t.Helper()
	objects, findings := object.Parse("m.yaml", []byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return objects
}

// TestQuiet finds something about a Secret that stands on one line with its values.
func TestQuiet(t *testing.T) {
	const secret = `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"a": "hunter22"}}` + "\n"
	text := secret + "---\n" + secret
	findings := relation.Check(parse(t, text))
	if len(findings) != 1 {
		t.Fatalf("Check = %v, want one finding", findings)
	}
	var b strings.Builder
	print := diag.Text{Source: func(string) []byte { return []byte(text) }}
	if err := print.Print(&b, findings); err != nil || strings.Contains(b.String(), "hunter22") {
		t.Errorf("Print = %s (%v), which shows a secret", b.String(), err)
	}
}
