package docs

import (
	"os"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestTutorial does what the tutorial says, from an empty folder to an empty cluster.
func TestTutorial(t *testing.T) {
	cluster := rig.Start(t)
	page, err := os.ReadFile("../../../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := rig.Reader{Dir: t.TempDir(), Kubeconfig: cluster.Kubeconfig}.Follow(t, string(page))
	if len(steps) < 25 {
		t.Errorf("the page has %d steps: the test does not see them all", len(steps))
	}
	if left := kubectl(t, cluster, "get", "all,namespaces", "-A", "-l", "otomi.io/release", "-o", "name"); left != "" {
		t.Errorf("after the last step of the page there is still\n%s", left)
	}
}
