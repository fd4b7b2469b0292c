package revision_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		first: revision.Contains, third: revision.Contains, second: revision.Lacks, strings.Repeat("1", 40): revision.Gone, "": revision.Unknown,
	} {
		if got, err := r.Builds(on, time.Time{}); err != nil || got != want {
			t.Errorf("Builds(%s) = %v, %v, want %v", on, got, err, want)
		}
	}
}

// TestShallow: where history is too short to tell, the time of the commits decides.
func TestShallow(t *testing.T) {
	origin := t.TempDir()
	git(t, origin, "init", "-q", "-b", "main")
	first := commit(t, origin, "one")
	second := commit(t, origin, "two")
	third := commit(t, origin, "three")
	clone := func(args ...string) revision.Revision {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "clone")
		git(t, origin, append(append([]string{"clone", "-q"}, args...), "file://"+origin, dir)...)
		r, err := revision.Of(dir)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, c := range map[string]struct {
		r    revision.Revision
		on   string
		at   time.Duration // after the clone's commit
		want revision.Relation
	}{
		"an older commit is missing":           {clone("--depth", "1"), first, -time.Hour, revision.TooShort},
		"a newer commit is missing":            {clone("--depth", "1"), strings.Repeat("1", 40), time.Hour, revision.Older},
		"its parent is there":                  {clone("--depth", "2"), second, 0, revision.Contains},
		"it is itself":                         {clone("--depth", "1"), third, 0, revision.Contains},
		"all history, and the commit is gone":  {clone(), strings.Repeat("1", 40), time.Hour, revision.Gone},
		"all history, and the commit is there": {clone(), first, 0, revision.Contains},
	} {
		if got, err := c.r.Builds(c.on, c.r.Time.Add(c.at)); err != nil || got != c.want {
			t.Errorf("%s: Builds = %v, %v, want %v", name, got, err, c.want)
		}
	}
	r := clone("--depth", "1")
	if got, err := r.Builds(first, time.Time{}); err != nil || got != revision.TooShort {
		t.Errorf("without a time: Builds = %v, %v, want %v", got, err, revision.TooShort)
	}
}

// TestRewritten: what a branch was forced away from is not built upon, as long as it is there at all.
func TestRewritten(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	first := commit(t, dir, "one")
	applied := commit(t, dir, "two")
	git(t, dir, "reset", "-q", "--hard", first)
	commit(t, dir, "another two")
	relation := func() revision.Relation {
		r, err := revision.Of(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Builds(applied, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := relation(); got != revision.Lacks {
		t.Errorf("Builds on what was left = %v, want %v", got, revision.Lacks)
	}
	git(t, dir, "-c", "gc.reflogExpire=now", "-c", "gc.reflogExpireUnreachable=now", "gc", "-q", "--prune=now")
	if got := relation(); got != revision.Gone {
		t.Errorf("Builds on what is gone = %v, want %v", got, revision.Gone)
	}
}
