package docs

import (
	"os"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestCore does what the page about cores shows, in a repo that init has made and that is a core itself, over the embedded one.
func TestCore(t *testing.T) {
	page, err := os.ReadFile("../../../docs/concepts/core.md")
	if err != nil {
		t.Fatal(err)
	}
	reader := rig.Reader{Dir: t.TempDir()}
	reader.Follow(t, "```sh\nkubectl otomi init --name acme\nsed -i 's/# - source: \\./- source: ./' otomi.yaml\n```\n")
	if steps := reader.Follow(t, string(page)); len(steps) < 2 {
		t.Errorf("the page has %d steps, want 2: the test does not see them all", len(steps))
	}
}
