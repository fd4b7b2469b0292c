package revision_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/revision"
)

// history is a repository with a commit that holds every kind of file, and another commit after it.
func history(t *testing.T) (dir, first string) {
	t.Helper()
	dir = t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	for _, name := range []string{"sub/folder", "sub/a.b"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, "sub/folder/file.yaml", "one")
	write(t, dir, "sub/a.b/x", "x")
	write(t, dir, "sub/a", "a")
	write(t, dir, "lfs.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
	for name, to := range map[string]string{
		"link": "sub/folder", "up": "sub/../otomi.yaml", "outside": "../x", "absolute": "/etc/hostname", "loop": "loop", "dangling": "none",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, "otomi.yaml", "first")
	git(t, dir, "add", ".")
	git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",module")
	git(t, dir, "commit", "-q", "-m", "first")
	first = git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "tag", "-a", "-m", "v1", "v1")
	commit(t, dir, "second")
	return dir, first
}

func TestTree(t *testing.T) {
	dir, first := history(t)
	h, err := revision.Open(filepath.Join(dir, "sub"))
	if err != nil || h.Folder != "sub" {
		t.Fatalf("Open = %+v, %v, want the folder sub", h, err)
	}
	for _, rev := range []string{first, first[:9], "v1", "HEAD~1", "main^", "v1..."} {
		if tree, err := h.Tree(rev); err != nil || tree.Commit != first {
			t.Errorf("Tree(%s) = %+v, %v, want commit %s", rev, tree, err, first)
		}
	}
	tree, err := h.Tree("v1")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"otomi.yaml": "first", "link/file.yaml": "one", "up": "first", "sub/a": "a", "sub/a.b/x": "x",
		"outside": "leads out of the repository", "absolute": "leads out of the repository", "loop": "too many symbolic links",
		"dangling": "does not exist", "none": "does not exist", "otomi.yaml/x": "does not exist", "sub": "is a folder",
		"module": "git submodule", "module/x": "git submodule", "lfs.bin": "Git LFS",
	} {
		data, err := fs.ReadFile(tree, name)
		if got := string(data); err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("ReadFile(%s) = %q, %v, want %q", name, data, err, want)
		}
	}
	if sub, err := tree.Folder("sub"); err != nil {
		t.Error(err)
	} else if err := fstest.TestFS(sub, "folder/file.yaml", "a", "a.b/x"); err != nil {
		t.Error(err)
	}
}

// TestTreeTogether: what several goroutines read is what one reads; a map that two of them write ends the process.
func TestTreeTogether(t *testing.T) {
	dir, _ := history(t)
	h, err := revision.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := h.Tree("v1")
	if err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	for range 50 {
		g.Go(func() error {
			_, err := fs.ReadFile(tree, "link/file.yaml")
			if err == nil {
				_, err = fs.Glob(tree, "*/*")
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

func TestTreeMissing(t *testing.T) {
	dir, _ := history(t)
	shallow := filepath.Join(t.TempDir(), "shallow")
	git(t, dir, "clone", "-q", "--depth", "1", "file://"+dir, shallow)
	git(t, dir, "checkout", "-q", "--orphan", "lone")
	commit(t, dir, "lone")
	for _, c := range []struct{ dir, rev, want string }{
		{dir, "", "no name is given"},
		{dir, "no-such", "find git revision no-such: the repository does not have it"},
		{dir, "main...", "main and HEAD have no commit in common"},
		{dir, "origin/main", "git fetch origin main"},
		{dir, "HEAD~9", "find git revision HEAD~9: "},
		{shallow, "HEAD~1", "the clone is shallow: git fetch --unshallow"},
		{shallow, "v1", "the clone is shallow"},
	} {
		h, err := revision.Open(c.dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Tree(c.rev); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Tree(%q) = %v, want %q", c.rev, err, c.want)
		}
	}
	if _, err := revision.Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no git repository") {
		t.Errorf("Open outside a repository = %v", err)
	}
}
