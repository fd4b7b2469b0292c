package apply

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
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
	_, commands, _ := strings.Cut(string(readme), "## Commands")
	_, commands, _ = strings.Cut(commands, "```sh\n")
	commands, _, _ = strings.Cut(commands, "```")
	ran := map[string]bool{}
	for line := range strings.Lines(commands) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "kubectl" || words[1] != "otomi" {
			t.Errorf("the README has a command that is none of ours: %s", line)
			continue
		}
		args := words[2:]
		ran[args[0]] = true
		if slices.Contains([]string{"diff", "apply", "status", "destroy"}, args[0]) {
			args = append(args, "--context", "e2e")
		}
		if args[0] == "apply" || args[0] == "destroy" {
			args = append(args, "--yes") // what a person answers
		}
		e.otomi(map[string]int{"diff": 1}[args[0]], args...)
	}
	for line := range strings.Lines(e.otomi(0, "--help").stdout) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(line, "  ") || len(line) < 3 || line[2] == ' ' || line[2] == '-' || line[2] == '#' || slices.Contains([]string{"kubectl", "completion", "help", "version"}, name) {
			continue
		}
		if !ran[name] {
			t.Errorf("the README does not show the command %s", name)
		}
		if help := e.otomi(0, name, "--help").stdout; !strings.Contains(help, "Examples:") {
			t.Errorf("%s --help has no example", name)
		}
	}
}
