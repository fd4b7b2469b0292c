package precommit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// needPreCommit finds pre-commit; where there is none, tests may do without, but not in CI.
func needPreCommit(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("pre-commit")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("pre-commit is missing; .ci/run installs it")
	}
	t.Skip("SKIPPED, nothing was checked: pre-commit is missing; apt-get install pre-commit")
	return ""
}

// TestHook: pre-commit, set up as the repo that init made says, lets a good commit pass and blocks a bad one.
func TestHook(t *testing.T) {
	preCommit := needPreCommit(t)
	t.Run("otomi-validate", func(t *testing.T) {
		h := newHome(t)
		h.path += string(os.PathListSeparator) + filepath.Dir(preCommit)
		h.testHook()
	})
	t.Run("otomi-validate-system", func(t *testing.T) {
		h := newHome(t)
		h.path += string(os.PathListSeparator) + filepath.Dir(preCommit)
		h.edit(".pre-commit-config.yaml", "id: otomi-validate", "id: otomi-validate-system")
		if err := os.Symlink(bin(t, "kubectl-otomi"), filepath.Join(h.dir, "programs", "kubectl-otomi")); err != nil {
			t.Fatal(err)
		}
		h.testHook()
	})
}

func (h *home) testHook() {
	h.Helper()
	h.must(exec.Command("pre-commit", "install"))
	h.git("add", ".")
	if out := h.git("commit", "-m", "Start"); !strings.Contains(out, "kubectl otomi validate") || !strings.Contains(out, "Passed") {
		h.Errorf("the first commit was not checked:\n%s", out)
	}
	h.edit("env/apps/hello.yaml", "message: Hello from acme", "message: Hello again")
	h.git("commit", "-a", "-m", "A good change")

	h.edit("env/apps/hello.yaml", "ingress:", "replicas: many\n    ingress:")
	h.blocked("env/apps/hello.yaml:6:15: error: apps.hello.replicas", "commit", "-a", "-m", "A wrong type")
	h.git("checkout", "--quiet", "HEAD", ".")

	// Nothing but a file removed: pre-commit finds no changed file to check.
	h.git("rm", "--quiet", "env/settings.yaml")
	h.git("commit", "-m", "The settings are not needed")
	h.git("rm", "--quiet", "otomi.yaml")
	h.blocked("there is no otomi.yaml", "commit", "-m", "Neither is this")
	if got := h.git("rev-list", "--count", "HEAD"); got != "3" {
		h.Errorf("there are %s commits, want 3", got)
	}
}

// blocked wants git to refuse, with a text that tells why.
func (h *home) blocked(why string, args ...string) {
	h.Helper()
	out, ok := h.run(exec.Command("git", args...))
	if ok || !strings.Contains(out, why) {
		h.Errorf("git %s: succeeded is %v, want it blocked because of %q:\n%s", strings.Join(args, " "), ok, why, out)
	}
}
