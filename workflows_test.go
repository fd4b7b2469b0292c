package otomi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestWorkflows holds the project's own workflows to what they can do: they run in a container of the Debian whose packages are pinned, with
// the Go that go.mod asks for, trust the checkout before anything asks git, and call targets that exist.
func TestWorkflows(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	image := "golang:" + string(regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)[1]) + "-bookworm"
	for _, name := range []string{"test", "release"} {
		text, err := os.ReadFile(filepath.Join(".github/workflows", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var workflow struct {
			Jobs map[string]struct {
				Container any
				Env       map[string]string
				Steps     []struct{ Uses, Run string }
			}
		}
		if err := yaml.Unmarshal(text, &workflow); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		job := workflow.Jobs[name]
		if options, ok := job.Container.(map[string]any); ok {
			job.Container = options["image"]
		}
		if job.Container != image {
			t.Errorf("%s runs in %v, want %s", name, job.Container, image)
		}
		if len(job.Steps) < 3 || !strings.HasPrefix(job.Steps[0].Uses, "actions/checkout@") || !strings.Contains(job.Steps[1].Run, "safe.directory") {
			t.Fatalf("%s does not check out and trust what it has checked out: %+v", name, job.Steps)
		}
		if tag := "${{ github.ref_name }}"; name == "release" && job.Env["VERSION"] != tag {
			t.Errorf("%s makes version %q, want %s: git describe prefers another tag of the commit", name, job.Env["VERSION"], tag)
		}
		for _, step := range job.Steps[2:] {
			target, ok := strings.CutPrefix(step.Run, "make ")
			if !ok {
				t.Errorf("%s calls something else than make: %q", name, step.Run)
			} else if out, err := makes("--dry-run", target).CombinedOutput(); err != nil {
				t.Errorf("%s calls make %s, which cannot run: %v\n%s", name, target, err, out)
			}
		}
	}
}

// makes runs make, deaf to what a make that these tests run under was given.
func makes(args ...string) *exec.Cmd {
	cmd := exec.Command("make", args...)
	cmd.Env = append(os.Environ(), "MAKEFLAGS=")
	return cmd
}

// TestReleaseVersion: the version comes from the environment as the workflow sets it, and what krew refuses is refused before anything is
// compiled.
func TestReleaseVersion(t *testing.T) {
	t.Setenv("MAKEFLAGS", " -- VERSION=v9.9.9") // as make test VERSION=v9.9.9 leaves it
	plan := makes("--dry-run", "release")
	plan.Env = append(plan.Env, "VERSION=v1.2")
	out, err := plan.CombinedOutput()
	check, _, built := strings.Cut(string(out), "go build")
	if err != nil || !built || !strings.Contains(check, "go run ./tools/release -version 'v1.2' -check") {
		t.Errorf("make release builds before it looks at the version: %v\n%s", err, check)
	}
	for version, want := range map[string]bool{"v1.2": false, "v1.2.3-rc.1": true} {
		out, err := makes("release/version", "VERSION="+version).CombinedOutput()
		if (err == nil) != want || !want && !strings.Contains(string(out), "v1.2.3") {
			t.Errorf("%s: %v\n%s", version, err, out)
		}
	}
}
