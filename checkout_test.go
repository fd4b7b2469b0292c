package otomi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckout: the version and the time of what is built are the checkout's, also of one that is a worktree or reached by a link, and never
// those of another git repository that it lies in.
func TestCheckout(t *testing.T) {
	outer := t.TempDir()
	checkout := filepath.Join(outer, "vendor", "otomi")
	for _, name := range []string{"tools/version.sh", "tools/versions.mk", "Makefile"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(checkout, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o755); err != nil { //nolint:gosec // a script is executed
			t.Fatal(err)
		}
	}
	tagged(t, outer, "v9.9.9")
	want(t, checkout, "v0.0.0-unknown", "0")

	tagged(t, checkout, "v1.2.3")
	git(t, checkout, "worktree", "add", "--quiet", filepath.Join(outer, "worktree"), "v1.2.3")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(checkout, link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{checkout, filepath.Join(outer, "worktree"), link} {
		want(t, dir, "v1.2.3", "1700000000")
	}
}

// tagged makes a git repository with everything in a folder, as it was committed at 1700000000.
func tagged(t *testing.T, dir, tag string) {
	t.Helper()
	git(t, dir, "init", "--quiet")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "--message", "All")
	git(t, dir, "tag", tag)
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
		"GIT_AUTHOR_DATE=1700000000 +0000", "GIT_COMMITTER_DATE=1700000000 +0000", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func want(t *testing.T, dir, version, time string) {
	t.Helper()
	out, err := exec.Command(filepath.Join(dir, "tools/version.sh")).Output()
	if err != nil || string(out) != version+"\n" {
		t.Errorf("%s/tools/version.sh prints %q, %v, want %s", dir, out, err, version)
	}
	out, err = makes("--dry-run", "-C", dir, "VERSION=v1.0.0", "images").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "-time '"+time+"'") {
		t.Errorf("in %s make takes another time than %s: %v\n%s", dir, time, err, out)
	}
}
