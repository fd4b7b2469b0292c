package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// file is what the test takes of a workflow of GitHub, which has jobs, or of a GitLab file.
type file struct {
	Jobs struct {
		Check, Apply struct {
			Steps []struct{ Run string }
		}
	}
	Check, Apply struct{ Script []string }
}

// TestCI runs what the workflows of the page run, in a clone with a cluster named prod: first the check, then the apply.
func TestCI(t *testing.T) {
	cluster := rig.Start(t)
	page, err := os.ReadFile("../../../docs/how-to/use-in-ci.md")
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	files := scriptsOf(t, string(page))
	if len(files) != 2 {
		t.Errorf("the page has %d files, want one for GitHub and one for GitLab", len(files))
	}
	for where, scripts := range files {
		if len(scripts) < 2 {
			t.Errorf("%s: %d scripts: the test does not see them all", where, len(scripts))
		}
		dir, temp := t.TempDir(), t.TempDir()
		for name, value := range map[string]string{
			"HOME": temp, "GITHUB_WORKSPACE": dir, "RUNNER_TEMP": temp, "GITHUB_STEP_SUMMARY": filepath.Join(temp, "summary"), "GITHUB_BASE_REF": "main", "KUBECONFIG_TEXT": string(config),
		} {
			t.Setenv(name, value)
		}
		reader := rig.Reader{Dir: dir, Kubeconfig: cluster.Kubeconfig}
		reader.Follow(t, "```sh\nkubectl otomi init --name acme --cluster prod\ngit init -q -b main\ngit add -A\n"+
			"git -c user.name=A -c user.email=a@example.com commit -q -m one\ngit update-ref refs/remotes/origin/main HEAD\n"+
			"echo '# changed' >>env/settings.yaml\n```\n")
		for _, script := range scripts {
			reader.Do(t, rig.Step{Command: script, Want: "…"})
		}
		if got := kubectl(t, cluster, "get", "deployment", "hello", "-n", "hello", "-o", "name"); !strings.Contains(got, "hello") {
			t.Errorf("%s: nothing was applied", where)
		}
		reader.Follow(t, "```sh\nkubectl otomi destroy\n```\n")
	}
}

// scriptsOf are the scripts of the page's files, those that check first.
func scriptsOf(t *testing.T, page string) map[string][]string {
	t.Helper()
	scripts := map[string][]string{}
	for _, s := range rig.Steps(page) {
		var f file
		if err := yaml.Unmarshal([]byte(s.Text), &f); err != nil {
			t.Fatalf("%s: %v", s.File, err)
		}
		found := append(f.Check.Script, f.Apply.Script...)
		for _, step := range append(f.Jobs.Check.Steps, f.Jobs.Apply.Steps...) {
			if step.Run != "" {
				found = append(found, step.Run)
			}
		}
		scripts[s.File] = found
	}
	return scripts
}
