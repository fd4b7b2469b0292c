// Package precommit lives in a new values repo as people do: with pre-commit's hook, and with the CI workflow. The repo is
// made by the plugin as built; hook and workflow get the plugin from this checkout, which git takes for the one on GitHub.
package precommit

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// home is where everything that the tests start keeps what it writes.
type home struct {
	*testing.T
	dir  string // HOME
	repo string // the values repo
	path string
}

// newHome makes a home with a values repo. PATH has git, go and kubectl, but no kubectl-otomi.
func newHome(t *testing.T) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{T: t, dir: dir, repo: filepath.Join(dir, "acme")}
	programs := filepath.Join(dir, "programs")
	if err := os.MkdirAll(programs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin(t, "kubectl"), filepath.Join(programs, "kubectl")); err != nil {
		t.Fatal(err)
	}
	h.path = programs
	for _, name := range []string{"go", "git", "sh"} {
		found, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		h.path += string(os.PathListSeparator) + filepath.Dir(found)
	}
	h.project(filepath.Join(dir, "project"))
	h.must(exec.Command(bin(t, "kubectl-otomi"), "init", h.repo))
	if tag := rev(h); strings.HasPrefix(tag, "v") { // built as a release that may have no tag yet: make test VERSION=v1.2.3
		h.must(exec.Command("git", "-C", filepath.Join(dir, "project"), "tag", "--force", tag, "main"))
	}
	h.git("init", "--quiet")
	h.git("add", ".")
	return h
}

// project clones this checkout, and tells git to take the clone for the repository on GitHub.
func (h *home) project(clone string) {
	h.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		h.Fatal(err)
	}
	config := `[user]
	name = Alice
	email = alice@example.com
[init]
	defaultBranch = main
[safe]
	directory = *
[url "file://` + clone + `"]
	insteadOf = https://github.com/otomi/kubectl-otomi
`
	if err := os.WriteFile(filepath.Join(h.dir, ".gitconfig"), []byte(config), 0o600); err != nil {
		h.Fatal(err)
	}
	h.must(exec.Command("git", "clone", "--quiet", "--bare", root, clone))
	h.must(exec.Command("git", "-C", clone, "update-ref", "refs/heads/main", "HEAD"))
}

func bin(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("bin/%s is missing: run make build bin/kubectl", name)
	}
	return path
}

// run runs a program in this home and returns what it printed and whether it succeeded.
func (h *home) run(cmd *exec.Cmd, env ...string) (string, bool) {
	h.Helper()
	if cmd.Dir == "" && h.exists(h.repo) {
		cmd.Dir = h.repo
	}
	// Go's caches are shared with the build: what is compiled is the same.
	cmd.Env = append(os.Environ(), "HOME="+h.dir, "XDG_CONFIG_HOME=", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+filepath.Join(h.dir, ".gitconfig"),
		"PATH="+h.path, "KUBECONFIG="+filepath.Join(h.dir, "no-kubeconfig"), "PRE_COMMIT_HOME="+filepath.Join(h.dir, "pre-commit"), "PRE_COMMIT_COLOR=never",
		"GOMODCACHE="+goenv(h.T, "GOMODCACHE"), "GOCACHE="+goenv(h.T, "GOCACHE"), "GOPROXY="+goenv(h.T, "GOPROXY"), "GOTOOLCHAIN=local")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.Fatalf("%s: %v", cmd, err)
	}
	return string(out), err == nil
}

func (h *home) must(cmd *exec.Cmd, env ...string) string {
	h.Helper()
	out, ok := h.run(cmd, env...)
	if !ok {
		h.Fatalf("%s failed:\n%s", cmd, out)
	}
	return out
}

// git runs git in the values repo, which must succeed.
func (h *home) git(args ...string) string {
	h.Helper()
	return strings.TrimSpace(h.must(exec.Command("git", args...)))
}

func (h *home) exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// edit replaces text of a file of the values repo, which must be there.
func (h *home) edit(name, text, with string) {
	h.Helper()
	path := filepath.Join(h.repo, name)
	data, err := os.ReadFile(path)
	if err != nil {
		h.Fatal(err)
	}
	changed := strings.Replace(string(data), text, with, 1)
	if changed == string(data) {
		h.Fatalf("%s does not hold %q", name, text)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		h.Fatal(err)
	}
}

func goenv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
