package apply

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/creack/pty"
)

// TestLive: on terminals of two sizes, of which one is resized meanwhile, a few lines are redrawn that are never wider than the
// terminal, and what is done stays above them.
func TestLive(t *testing.T) {
	for name, columns := range map[string]uint16{"narrow": 40, "wide": 120} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t, strings.ReplaceAll(`
-- all.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: NAME}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: NAME}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a-deployment-with-a-long-name, namespace: NAME}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {there: is-none}
      containers: [{name: web, image: "registry.example.com/web:1"}]
`, "NAME", "live-"+name))
			set := "live-" + name
			t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", set, "--yes") })
			cmd := exec.Command(plugin(), "apply", "-f", "all.yaml", "--inventory", set, "--yes", "--timeout", "60s")
			term := e.onTerminal(cmd, &pty.Winsize{Rows: 20, Cols: columns})
			term.sees("ConfigMap/live-" + name + "/a created")
			term.sees("2/3 ready")
			if err := pty.Setsize(term.keys, &pty.Winsize{Rows: 20, Cols: columns - 10}); err != nil {
				t.Fatal(err)
			}
			term.sees("Deployment/live-")
			drawn := strings.Count(term.shown(), "2/3 ready")
			e.eventually("it is redrawn every second", func() bool { return strings.Count(term.shown(), "2/3 ready") >= drawn+2 })
			e.kubectl("-n", set, "patch", "deployment", "a-deployment-with-a-long-name", "--type=json", "-p", `[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]`)
			term.ends(0)
			shown := term.shown()
			if !strings.Contains(shown, ": Ready: 3 created") {
				t.Errorf("it does not end with the result:\n%q", shown)
			}
			drawings := regexp.MustCompile(`\x1b\[\d+A\x1b\[J`).Split(shown, -1)
			for _, drawing := range drawings {
				at := strings.IndexAny(drawing, "█░")
				if at < 0 {
					continue
				}
				lines := strings.Split(strings.TrimRight(drawing[at:], "\r\n"), "\r\n")
				if len(lines) > 5 {
					t.Errorf("%d lines are redrawn: %q", len(lines), lines)
				}
				for _, line := range lines {
					if n := utf8.RuneCountInString(line); n >= int(columns) {
						t.Errorf("a line of %d columns on a terminal of %d: %q", n, columns, line)
					}
				}
			}
			if n := len(drawings); n < 3 {
				t.Errorf("there were %d drawings", n)
			}
		})
	}
}

// TestStatusNarrow: on a terminal of 40 columns a row is broken between its cells, and elsewhere it stays one line. No line ends with
// blanks.
func TestStatusNarrow(t *testing.T) {
	e := newEnv(t, base("slim"))
	e.otomi(0, "apply", "--yes")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	term := e.onTerminal(exec.Command(plugin(), "status"), &pty.Winsize{Rows: 40, Cols: 40})
	term.ends(0)
	for _, text := range []string{"LEVEL  RELEASE  OBJECT  STATE  AGE\r\n  REASON\r\n", "\r\n20  web  Deployment/slim/web  Ready"} {
		if !strings.Contains(term.shown(), text) {
			t.Errorf("status in 40 columns does not show %q:\n%q", text, term.shown())
		}
	}
	for line := range strings.SplitSeq(term.shown(), "\r\n") {
		if n := utf8.RuneCountInString(line); n > 40 && strings.Contains(strings.TrimSpace(line), "  ") || strings.HasSuffix(line, " ") {
			t.Errorf("status in 40 columns prints a line of %d: %q", n, line)
		}
	}
	for _, args := range [][]string{{"status"}, {"status", "-o", "wide"}, {"history"}, {"inventory", "show"}, {"inventory", "list"}} {
		out := e.otomi(0, args...).stdout
		if strings.Contains(out, " \n") || !strings.Contains(out, "\n") {
			t.Errorf("%v prints lines that end with blanks:\n%s", args, out)
		}
	}
	if out := e.otomi(0, "status").stdout; !strings.Contains(out, "20     web      Deployment/slim/web ") {
		t.Errorf("status in a pipe is not aligned:\n%s", out)
	}
}
