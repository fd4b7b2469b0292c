package precommit

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestWorkflow runs the commands of the CI workflow, in a clone with all history as the workflow asks for.
func TestWorkflow(t *testing.T) {
	h := newHome(t)
	data, err := os.ReadFile(filepath.Join(h.repo, ".github/workflows/validate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		On   map[string]any `json:"true"` // as YAML 1.1 reads the key
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				Run  string
				With map[string]any
			}
		}
	}
	if err := yaml.Unmarshal(data, &workflow); err != nil {
		t.Fatal(err)
	}
	steps := workflow.Jobs["validate"].Steps
	if len(steps) < 3 || !strings.HasPrefix(steps[0].Uses, "actions/checkout@") || steps[0].With["fetch-depth"] != float64(0) {
		t.Fatalf("the first step does not fetch all history: %+v", steps)
	}
	if _, ok := workflow.On["pull_request"]; !ok {
		t.Errorf("the workflow does not run for pull requests: %v", workflow.On)
	}
	h.git("commit", "--quiet", "-m", "Start")

	env := []string{"GOPATH=" + filepath.Join(h.dir, "go"), "GOBIN=", "GOMODCACHE=" + h.moduleCache(), "GOPRIVATE=github.com/otomi"}
	h.path += string(os.PathListSeparator) + filepath.Join(h.dir, "go", "bin") // as setup-go does
	var commands []string
	for _, s := range steps {
		if s.Run != "" {
			commands = append(commands, s.Run)
			h.must(exec.Command("sh", "-ec", s.Run), env...)
		}
	}
	const check = "kubectl otomi validate --all-clusters --secrets placeholder"
	if last := commands[len(commands)-1]; last != check {
		t.Errorf("the workflow checks with %q, want %q", last, check)
	}
	want := rev(h)
	if !strings.HasPrefix(want, "v") { // a branch or a commit, of which Go makes a version
		want = strings.TrimSpace(h.must(exec.Command("git", "-C", filepath.Join(h.dir, "project"), "rev-parse", "--short=12", want)))
	}
	if out := h.must(exec.Command("kubectl", "otomi", "version"), env...); !strings.Contains(out, want) {
		t.Errorf("the plugin does not know that its version is %s:\n%s", want, out)
	}
	h.edit("env/apps/hello.yaml", "ingress:", "replicas: many\n    ingress:")
	if out, ok := h.run(exec.Command("sh", "-ec", check), env...); ok || !strings.Contains(out, "env/apps/hello.yaml:6:15: error: apps.hello.replicas") {
		t.Errorf("the workflow lets a wrong type pass:\n%s", out)
	}
}

// rev is what the repo's pre-commit configuration, and so its workflow, takes of the project.
func rev(h *home) string {
	h.Helper()
	data, err := os.ReadFile(filepath.Join(h.repo, ".pre-commit-config.yaml"))
	if err != nil {
		h.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "rev: ")
	rev, _, _ := strings.Cut(rest, "\n")
	return rev
}

// moduleCache is a module cache with everything that Go's has but this project, which the workflow installs like any other.
func (h *home) moduleCache() string {
	h.Helper()
	real, own := goenv(h.T, "GOMODCACHE"), filepath.Join(h.dir, "modules")
	for _, folder := range []string{"", "github.com", "cache", "cache/download", "cache/download/github.com"} {
		if err := os.MkdirAll(filepath.Join(own, folder), 0o755); err != nil {
			h.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Join(real, folder))
		if err != nil {
			h.Fatal(err)
		}
		for _, e := range entries {
			if slices.Contains([]string{"github.com", "cache", "download", "vcs", "otomi"}, e.Name()) {
				continue
			}
			if err := os.Symlink(filepath.Join(real, folder, e.Name()), filepath.Join(own, folder, e.Name())); err != nil {
				h.Fatal(err)
			}
		}
	}
	return own
}
