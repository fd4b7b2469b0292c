// Package release installs what a release packs as its users do.
package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// user is somebody whose home is empty and whose PATH has kubectl, krew and git, but no plugin.
type user struct {
	*testing.T
	home, root string // root is krew's
	env        []string
}

func newUser(t *testing.T) *user {
	t.Helper()
	u := &user{T: t, home: t.TempDir()}
	u.root = filepath.Join(u.home, ".krew")
	programs := filepath.Join(u.home, "programs")
	if err := os.Mkdir(programs, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kubectl", "kubectl-krew", "validate-krew-manifest"} {
		if err := os.Symlink(rig.Bin(name), filepath.Join(programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	u.env = []string{
		"HOME=" + u.home, "KREW_ROOT=" + u.root, "KREW_NO_UPGRADE_CHECK=1", "KUBECONFIG=" + u.home + "/no-kubeconfig",
		"PATH=" + filepath.Join(u.root, "bin") + ":" + programs + ":/usr/local/bin:/usr/bin:/bin",
	}
	return u
}

// run runs a program of the user's PATH and returns all that it prints.
func (u *user) run(program string, args ...string) (string, error) {
	u.Helper()
	if !filepath.IsAbs(program) {
		program = u.find(program)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = u.home, u.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// find is the user's program, not this test's.
func (u *user) find(name string) string {
	u.Helper()
	if path := filepath.Join(u.home, "programs", name); exists(path) {
		return path
	}
	path, err := exec.LookPath(name)
	if err != nil {
		u.Fatal(err)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (u *user) must(program string, args ...string) string {
	u.Helper()
	out, err := u.run(program, args...)
	if err != nil {
		u.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
	return out
}

// pack makes a release of this machine's plugin. The other platforms' program is a small one: it is only installed.
func pack(t *testing.T, version, url string) string {
	t.Helper()
	programs, dist := t.TempDir(), filepath.Join(t.TempDir(), "dist")
	for _, p := range []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"} {
		program, name := rig.Bin("validate-krew-manifest"), "kubectl-otomi"
		if p == runtime.GOOS+"_"+runtime.GOARCH {
			program = rig.Bin("kubectl-otomi")
		}
		if p[:3] == "win" {
			name += ".exe"
		}
		if err := os.Mkdir(filepath.Join(programs, p), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(programs, p, name)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", "./tools/release", "-version", version, "-time", "1700000000", "-programs", programs, "-out", dist, "-url", url)
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("release: %v\n%s", err, out)
	}
	return dist
}
