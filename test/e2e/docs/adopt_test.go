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
	dir := t.TempDir()
	files, commands := 0, 0
	for _, step := range rig.Steps(string(page)) {
		if step.File != "" {
			rig.Write(t, dir, "-- "+step.File+" --\n"+step.Text)
			files++
			continue
		}
		if got := run(t, dir, os.DevNull, step.Command); !step.Shows(got) {
			t.Errorf("%s printed\n%s\nthe page shows\n%s", step.Command, got, step.Want)
		}
		commands++
	}
	if files < 7 || commands < 7 {
		t.Errorf("the page has %d files and %d commands: the test does not see them all", files, commands)
	}
}
