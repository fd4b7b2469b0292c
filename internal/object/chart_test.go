package object_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/object"
)

func TestParseChart(t *testing.T) {
	text := `
  ---
  apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  keep: |+
    x



---# Permission to
apiVersion: v1
kind: Secret
metadata: {name: b}
metadata: {name: c}
---kind: Secret
apiVersion: v1
metadata: {name: d}
---
# nothing
`
	objects, findings := object.ParseChart("a.yaml", []byte(text))
	want := `a.yaml:16: key "metadata" is set twice in one map; the last one wins`
	if len(findings) != 1 || findings.Failed() || findings[0].String() != want {
		t.Errorf("ParseChart found %v, want the warning %s", findings, want)
	}
	got := map[string]string{}
	for _, o := range objects {
		got[o.ID().String()] = o.Source.Position().String()
	}
	if diff := cmp.Diff(map[string]string{"ConfigMap/a": "a.yaml:3", "Secret/c": "a.yaml:13", "Secret/d": "a.yaml:17"}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if keep := objects[0].Object["data"].(map[string]any)["keep"]; keep != "x\n" {
		t.Errorf("keep = %q, want the space at the end gone, as in Helm", keep)
	}
}

func TestParseChartBad(t *testing.T) {
	_, findings := object.ParseChart("a.yaml", []byte("a: 1\na: 2\nb: [\n"))
	if want := "a.yaml:4:1: a value is missing here"; !strings.HasPrefix(findings.Error(), want) {
		t.Errorf("ParseChart found %v, want %s", findings, want)
	}
}
