package manifests

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestPlatform checks what the platform renders for the clusters of the example, and asks the API server, too.
func TestPlatform(t *testing.T) {
	s := start()
	if s.err != nil {
		t.Fatal(s.err)
	}
	acme, err := filepath.Abs("../../../examples/acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, cluster := range []string{"dev", "prod"} {
		r := rig.Run(t, t.TempDir(), nil, "kubectl-otomi", "template", "-C", acme, "--cluster", cluster, "--secrets", "placeholder")
		rendered, findings := object.Parse(cluster, []byte(r.Stdout))
		if r.Code != 0 || findings.Failed() || len(rendered) < 10 {
			t.Fatalf("template --cluster %s: %d objects, %v %s", cluster, len(rendered), findings, r.Stderr)
		}
		for _, f := range manifest.Check(context.Background(), rendered, manifest.Options{KubeVersion: s.version}) {
			t.Errorf("%s: %s", f.Rule, f)
		}
		for _, o := range rendered {
			o.SetNamespace("")
			if v := s.verdict(o); v.refused && !strings.Contains(v.words, "no matches for kind") {
				t.Errorf("the API server refuses %s: %s", o.ID(), v.words)
			}
		}
	}
}
