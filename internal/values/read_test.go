package values_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// TestLoadFromDisk reads what only a real file system has, through the root that the plugin uses.
func TestLoadFromDisk(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(outside, "x.yaml"), []byte("a: 1\n"), 0o600))
	must(os.WriteFile(filepath.Join(dir, "good.yaml"), []byte("a: 1\n"), 0o600))
	must(os.Symlink("good.yaml", filepath.Join(dir, "inside.yaml")))
	must(os.Symlink(filepath.Join(outside, "x.yaml"), filepath.Join(dir, "absolute.yaml")))
	must(os.Symlink("../"+filepath.Base(outside)+"/x.yaml", filepath.Join(dir, "relative.yaml")))
	must(os.Symlink(outside, filepath.Join(dir, "link")))
	must(os.Symlink("loop.yaml", filepath.Join(dir, "loop.yaml")))
	must(os.Symlink("nowhere", filepath.Join(dir, "dangling.yaml")))
	must(os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o700))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600))
	large, err := os.Create(filepath.Join(dir, "large.yaml"))
	must(err)
	must(large.Truncate(100 << 20))
	must(large.Close())

	root, err := os.OpenRoot(dir)
	must(err)
	defer root.Close() //nolint:errcheck // read only
	var files []repo.LayerFile
	for _, name := range []string{"good.yaml", "inside.yaml", "absolute.yaml", "relative.yaml", "link/x.yaml", "loop.yaml", "dangling.yaml", "folder.yaml", "pipe.yaml", "large.yaml"} {
		files = append(files, repo.LayerFile{Path: name})
	}
	start := time.Now()
	l := values.Loader{FS: root.FS()}
	layers, findings := l.Load(files)
	const out = ": it is a symbolic link, or below one, that leads out of the folder of otomi.yaml\n"
	want := "absolute.yaml" + out + "relative.yaml" + out + "link/x.yaml" + out +
		"loop.yaml: too many levels of symbolic links\n" +
		"dangling.yaml: no such file or directory\n" +
		"folder.yaml: it is a folder, not a file\n" +
		"pipe.yaml: it is a named pipe, not a file\n" +
		"large.yaml: the file has 104857600 bytes, more than the 8388608 a layer may have"
	if diff := cmp.Diff(want, findings.Error()); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
	if layers[0].Root.Get("a") == nil || layers[1].Root.Get("a") == nil {
		t.Error("a good file, or a link to it, is not read")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("Load took %v", took)
	}
}
