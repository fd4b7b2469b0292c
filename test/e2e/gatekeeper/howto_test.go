package gatekeeper

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestHowTo does what the page says, on a cluster with Gatekeeper.
func TestHowTo(t *testing.T) {
	s := staged(t)
	page, err := os.ReadFile(filepath.Join(root, "docs/how-to/policies-on-the-cluster.md"))
	if err != nil {
		t.Fatal(err)
	}
	e := &env{T: t, dir: t.TempDir(), kubeconfig: s.Kubeconfig}
	commands := 0
	for _, step := range rig.Steps(string(page)) {
		if step.File != "" {
			rig.Write(t, e.dir, "-- "+step.File+" --\n"+step.Text)
			continue
		}
		var got string
		// Gatekeeper takes a moment to judge by what was changed.
		if err := within(20*time.Second, func() error {
			got = e.shell(step.Command)
			if !step.Shows(got) {
				return errElsewhere
			}
			return nil
		}); err != nil {
			t.Errorf("%s printed\n%s\nthe page shows\n%s", step.Command, got, step.Want)
		}
		commands++
	}
	if commands < 8 {
		t.Errorf("the page has %d commands: the test does not see them all", commands)
	}
	e.otomi(0, "destroy", "--yes")
	s.release(t, nil)
}

// shell runs a command as a reader does, who agrees where one is asked.
func (e *env) shell(command string) string {
	e.Helper()
	if command == "kubectl otomi apply" {
		command += " --yes"
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "HOME="+e.dir, "KUBECONFIG="+e.kubeconfig, "PATH="+filepath.Dir(rig.Bin("kubectl"))+":"+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !strings.Contains(command, "grep") { // which fails where it finds nothing
		e.Logf("%s: %v\n%s", command, err, &stderr)
	}
	return stdout.String()
}
