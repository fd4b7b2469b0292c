package revision_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/revision"
)

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, dir, text string) string {
	t.Helper()
	write(t, dir, "otomi.yaml", text)
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", text)
	return git(t, dir, "rev-parse", "HEAD")
}

func TestRevision(t *testing.T) {
	dir := t.TempDir()
	if r, err := revision.Of(dir); err != nil || r.Commit != "" || r.Dirty {
		t.Errorf("outside a repository: %+v, %v", r, err)
	}
	git(t, dir, "init", "-q", "-b", "main")
	if r, err := revision.Of(dir); err != nil || r.Commit != "" || !r.Dirty {
		t.Errorf("without a commit: %+v, %v", r, err)
	}
	first := commit(t, dir, "one")
	second := commit(t, dir, "two")
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	r, err := revision.Of(filepath.Join(dir, "sub"))
	if err != nil || r.Commit != second || r.Dirty || r.Time.IsZero() {
		t.Errorf("in a folder of a clean repository: %+v, %v, want %s", r, err, second)
	}
	git(t, dir, "checkout", "-q", "-b", "other", first)
	third := commit(t, dir, "three")
	write(t, dir, "otomi.yaml", "changed")
	if r, err = revision.Of(dir); err != nil || r.Commit != third || !r.Dirty {
		t.Errorf("with a change: %+v, %v, want %s, dirty", r, err, third)
	}
	for on, want := range map[string]revision.Relation{
		first: revision.Contains, third: revision.Contains, second: revision.Lacks, strings.Repeat("1", 40): revision.Unknown, "": revision.Unknown,
	} {
		if got, err := r.Builds(on); err != nil || got != want {
			t.Errorf("Builds(%s) = %v, %v, want %v", on, got, err, want)
		}
	}
}

func TestShallow(t *testing.T) {
	origin := t.TempDir()
	git(t, origin, "init", "-q", "-b", "main")
	first := commit(t, origin, "one")
	commit(t, origin, "two")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, origin, "clone", "-q", "--depth", "1", "file://"+origin, clone)
	r, err := revision.Of(clone)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Builds(first); err != nil || got != revision.Unknown {
		t.Errorf("Builds in a shallow clone = %v, %v, want Unknown", got, err)
	}
}
