package precommit

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestFolders: values repos in folders of a git repository, set up as init says, are checked all, and so is what was there before.
func TestFolders(t *testing.T) {
	preCommit := needPreCommit(t)
	h := newHome(t)
	h.path += string(os.PathListSeparator) + filepath.Dir(preCommit)
	if err := os.Symlink(bin(t, "kubectl-otomi"), filepath.Join(h.dir, "programs", "kubectl-otomi")); err != nil {
		t.Fatal(err)
	}
	h.edit(".pre-commit-config.yaml", "id: otomi-validate", "id: otomi-validate-system")
	folders := []string{"infra/a", "infra/b"}
	for _, folder := range folders {
		advice := h.must(exec.Command("kubectl-otomi", "init", folder))
		h.edit(folder+"/.pre-commit-config.yaml", "id: otomi-validate", "id: otomi-validate-system")
		h.follow(advice)
	}
	for _, name := range []string{"validate.yaml", "validate-infra-a.yaml", "validate-infra-b.yaml"} {
		if !h.exists(filepath.Join(h.repo, ".github/workflows", name)) {
			t.Errorf("there is no %s", name)
		}
	}
	h.git("add", ".")
	out := h.git("commit", "-m", "Start")
	if passed := regexp.MustCompile(`(?m)^kubectl otomi validate( infra/[ab])?\.+Passed`).FindAllString(out, -1); len(passed) != 3 {
		t.Errorf("%d checks passed, want 3:\n%s", len(passed), out)
	}
	for _, folder := range folders {
		h.edit(folder+"/env/apps/hello.yaml", "ingress:", "replicas: many\n    ingress:")
		h.blocked("env/apps/hello.yaml:6:15: error: apps.hello.replicas", "commit", "-a", "-m", "A wrong type in "+folder)
		h.git("checkout", "--quiet", "HEAD", ".")
	}
}

// follow does in the repo what init says, but never overwrites a file.
func (h *home) follow(advice string) {
	h.Helper()
	steps := regexp.MustCompile(`(?m)^  (move|add what) (\S+) (?:lists below repos to what|to) (\S+)( lists there already)?$`).FindAllStringSubmatch(advice, -1)
	if len(steps) != 2 || !strings.HasSuffix(advice, "  pre-commit install\n\nTo keep secrets in it, list public keys in .sops.yaml.\n") {
		h.Fatalf("init says something else than two steps and pre-commit install:\n%s", advice)
	}
	for _, step := range steps {
		from, to := filepath.Join(h.repo, step[2]), filepath.Join(h.repo, step[3])
		if step[1] == "move" {
			if h.exists(to) {
				h.Fatalf("init says to overwrite %s:\n%s", step[3], advice)
			}
			if err := os.Rename(from, to); err != nil {
				h.Fatal(err)
			}
			continue
		}
		h.addHooks(from, to)
	}
	h.must(exec.Command("pre-commit", "install"))
}

// addHooks moves what a pre-commit configuration lists into another.
func (h *home) addHooks(from, to string) {
	h.Helper()
	var repos []any
	for _, file := range []string{to, from} {
		data, err := os.ReadFile(file)
		if err != nil {
			h.Fatal(err)
		}
		var config struct{ Repos []any }
		if err := yaml.UnmarshalStrict(data, &config); err != nil {
			h.Fatal(err)
		}
		repos = append(repos, config.Repos...)
	}
	text, err := yaml.Marshal(map[string]any{"repos": repos})
	if err != nil {
		h.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		h.Fatal(err)
	}
	if err := os.Remove(from); err != nil {
		h.Fatal(err)
	}
}
