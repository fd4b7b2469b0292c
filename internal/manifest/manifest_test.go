package manifest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// check parses manifests and checks them; findings come back as text.
func check(t *testing.T, text string, o manifest.Options) []string {
	t.Helper()
	objects, findings := object.Parse("m.yaml", []byte(text))
	if findings.Failed() {
		t.Fatalf("Parse: %v", findings)
	}
	got := manifest.Check(context.Background(), objects, o)
	got.Sort()
	var lines []string
	for _, f := range got {
		lines = append(lines, f.Severity.String()+" "+f.Rule+" "+f.String())
	}
	return lines
}

func TestMetadata(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string // what each finding begins with
	}{
		"right": {text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a.b\n  labels: {app.kubernetes.io/name: x}\n  annotations: {Upper.Case/ok: \"\"}\n"},
		"name":  {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: A_b\n", []string{"error object-name m.yaml:4:9: ConfigMap/A_b: metadata.name: "}},
		"service": {
			"apiVersion: v1\nkind: Service\nmetadata:\n  name: 1.a\nspec: {ports: [{port: 80}]}\n",
			[]string{"error object-name m.yaml:4:9: Service/1.a: metadata.name: "},
		},
		"role": {text: "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:x'}\n"},
		"label": {
			"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    a: b c\n    x y: z\n",
			[]string{"error label-syntax m.yaml:6:8: ConfigMap/a: metadata.labels.a: ", `error label-syntax m.yaml:7:10: ConfigMap/a: metadata.labels["x y"]: `},
		},
		"annotations": {
			"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    big: " + strings.Repeat("x", 256<<10) + "\n",
			[]string{"error annotations-size m.yaml:5:3: ConfigMap/a: metadata.annotations: the annotations take 262147 bytes"},
		},
	} {
		t.Run(name, func(t *testing.T) { begins(t, check(t, c.text, manifest.Options{}), c.want) })
	}
}

// begins compares findings with what they should begin with.
func begins(t *testing.T, got, want []string) {
	t.Helper()
	shortened := append([]string(nil), got...)
	for i := range shortened {
		if i < len(want) && strings.HasPrefix(shortened[i], want[i]) {
			shortened[i] = want[i]
		}
	}
	if d := cmp.Diff(want, shortened); d != "" {
		t.Errorf("Check differs (-want +got):\n%s", d)
	}
}
