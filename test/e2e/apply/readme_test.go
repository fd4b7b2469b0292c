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
	ran := map[string]bool{}
	_, text, _ := strings.Cut(string(readme), "## A values repo")
	for line := range strings.Lines(shell(text)) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 3 || words[0] != "kubectl" || words[1] != "otomi" {
			t.Errorf("the README has a command that is none of ours: %s", line)
			continue
		}
		args := words[2:]
		ran[args[0]] = true
		if slices.Contains([]string{"diff", "apply", "status", "history", "rollback", "destroy"}, args[0]) {
			args = append(args, "--context", "e2e")
		}
		if slices.Contains([]string{"apply", "rollback", "destroy"}, args[0]) {
			args = append(args, "--yes") // what a person answers
		}
		e.otomi(map[string]int{"diff": 1}[args[0]], args...)
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

// shell is what the shell blocks of a page hold.
func shell(page string) string {
	var commands strings.Builder
	for i, block := range strings.Split("\n"+page, "\n```") {
		if rest, ok := strings.CutPrefix(block, "sh\n"); ok && i%2 == 1 {
			commands.WriteString(rest + "\n")
		}
	}
	return commands.String()
}
