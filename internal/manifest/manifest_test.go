package manifest_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
)

var update = flag.Bool("update", false, "write what is found into testdata")

func parse(t testing.TB, text string) []object.Object {
	t.Helper()
	objects, findings := object.Parse("m.yaml", []byte(text))
	if findings.Failed() {
		t.Fatalf("Parse: %v", findings)
	}
	return objects
}

// TestCheck runs testdata/check.txtar: below manifests stand the lines of what is found in them; -update writes them.
func TestCheck(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/check.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range archive.Files {
		t.Run(f.Name, func(t *testing.T) {
			o, want := expectations(string(f.Data))
			var got []string
			for _, x := range manifest.Check(context.Background(), parse(t, string(f.Data)), o) {
				if x.Rule == "no-namespace" {
					continue // TestNamespace
				}
				got = append(got, x.Severity.String()+" "+x.Rule+" "+x.String())
			}
			slices.Sort(got)
			if *update {
				archive.Files[i].Data = withWants(f.Data, got)
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("Check differs (-want +got):\n%s", d)
			}
		})
	}
	if *update {
		if err := os.WriteFile("testdata/check.txtar", txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func withWants(text []byte, got []string) []byte {
	manifests, _, _ := bytes.Cut(text, []byte("# want"))
	out := bytes.Clone(manifests)
	for _, line := range got {
		out = append(out, "# want "+line+"\n"...)
	}
	return out
}

func expectations(text string) (o manifest.Options, want []string) {
	o.KubeVersion = "1.36"
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if version, found := strings.CutPrefix(line, "# version "); found {
			o.KubeVersion = version
		}
		if kind, found := strings.CutPrefix(line, "# allow "); found {
			o.AllowUnknownKinds = append(o.AllowUnknownKinds, kind)
		}
		if finding, found := strings.CutPrefix(line, "# want "); found {
			want = append(want, finding)
		}
	}
	return o, want
}
