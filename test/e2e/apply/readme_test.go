package apply

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestReadme runs the commands of the README on the example they are written for, and the help of every command there is.
func TestReadme(t *testing.T) {
	e := newEnv(t, "")
	if out, err := exec.Command("cp", "-R", "../../../examples/acme/.", e.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "## A values repo")
	reader := rig.Reader{Dir: e.dir, Kubeconfig: e.cluster.kubeconfig}
	reader.Follow(t, "```sh\nsed -i 's/devcluster-otomi-demo/e2e/' otomi.yaml\n```\n")
	ran := map[string]bool{}
	for _, step := range reader.Follow(t, text) {
		words := strings.Fields(step.Command)
		if len(words) < 3 || words[0] != "kubectl" || words[1] != "otomi" {
			t.Errorf("the README has a command that is none of ours: %s", step.Command)
			continue
		}
		ran[words[2]] = true
	}
	for line := range strings.Lines(e.otomi(0, "--help").stdout) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(line, "  ") || len(line) < 3 || line[2] == ' ' || line[2] == '-' || line[2] == '#' || slices.Contains([]string{"kubectl", "completion", "help", "version"}, name) {
			continue
		}
		help := e.otomi(0, name, "--help").stdout
		if strings.Contains(help, "Available Commands:") {
			if !strings.Contains(text, "kubectl otomi "+name) {
				t.Errorf("the README does not mention the commands %s", name)
			}
			continue
		}
		if !ran[name] {
			t.Errorf("the README does not show the command %s", name)
		}
		if !strings.Contains(help, "Examples:") {
			t.Errorf("%s --help has no example", name)
		}
	}
}
