package docs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestTasks does what the pages say that lead through one task each, in repos that init has made.
func TestTasks(t *testing.T) {
	cluster := rig.Start(t)
	for page, least := range map[string]int{"add-an-app": 11, "add-a-team": 7, "add-a-cluster": 6, "write-a-policy": 8} {
		t.Run(page, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../../../docs/how-to", page+".md"))
			if err != nil {
				t.Fatal(err)
			}
			reader := rig.Reader{Dir: t.TempDir(), Kubeconfig: cluster.Kubeconfig}
			reader.Follow(t, "```sh\nkubectl otomi init --name teams-acme\n```\n")
			if steps := reader.Follow(t, string(text)); len(steps) < least {
				t.Errorf("the page has %d steps, want %d: the test does not see them all", len(steps), least)
			}
			reader.Follow(t, "```sh\nkubectl otomi destroy --cluster dev\n```\n")
		})
	}
}
