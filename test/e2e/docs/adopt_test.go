package docs

import (
	"os"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestAdoptTheChecks does what the page says. It needs no cluster.
func TestAdoptTheChecks(t *testing.T) {
	page, err := os.ReadFile("../../../docs/how-to/adopt-the-checks.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := rig.Reader{Dir: t.TempDir(), Kubeconfig: os.DevNull}.Follow(t, string(page))
	if len(steps) < 14 {
		t.Errorf("the page has %d steps: the test does not see them all", len(steps))
	}
}
