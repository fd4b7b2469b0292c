package rig

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Reader is somebody who does what a page says.
type Reader struct {
	Dir        string // where the files go and the commands run; cd leads on from there
	Kubeconfig string
	Before     func(command string) // what happens elsewhere before a command; optional
}

// Follow writes the files of a page and runs its commands, in order, holds what they print to what the page shows, and returns the steps.
// A command has to succeed, unless the page shows an error: then it has to fail, and what it says on stderr counts as well.
func (r Reader) Follow(t *testing.T, page string) []Step {
	t.Helper()
	steps := Steps(page)
	for _, s := range steps {
		if s.File != "" {
			Write(t, r.Dir, "-- "+s.File+" --\n"+s.Text)
			continue
		}
		if dir, ok := strings.CutPrefix(s.Command, "cd "); ok {
			r.Dir = filepath.Join(r.Dir, dir)
			continue
		}
		if r.Before != nil {
			r.Before(s.Command)
		}
		r.Do(t, s)
	}
	return steps
}

// Do runs the command of a step.
func (r Reader) Do(t *testing.T, s Step) {
	t.Helper()
	if got := r.run(t, s); !s.Shows(got) {
		t.Errorf("%s printed\n%s\nthe page shows\n%s", s.Command, got, s.Want)
	}
}

// run runs a command as a reader does, who agrees where one is asked.
func (r Reader) run(t *testing.T, s Step) string {
	t.Helper()
	asks := regexp.MustCompile(`^kubectl otomi (apply|rollback|destroy)\b`)
	cmd := exec.Command("sh", "-c", asks.ReplaceAllString(s.Command, "$0 --yes"))
	cmd.Dir = r.Dir
	cmd.Env = append(os.Environ(), "HOME="+r.Dir, "KUBECONFIG="+r.Kubeconfig, "PATH="+filepath.Dir(Bin("kubectl"))+":"+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the code says it
	code, out := cmd.ProcessState.ExitCode(), stdout.String()
	errs := regexp.MustCompile(`(?m)(^|: )error: `)
	switch {
	case errs.MatchString(s.Want) && !strings.Contains(s.Command, "||"):
		if code == 0 {
			t.Fatalf("%s: exit code 0, the page shows an error\n%s%s", s.Command, out, &stderr)
		}
		if strings.HasPrefix(s.Want, "error: ") { // the page leaves out what came before
			out = ""
		}
		return out + stderr.String()
	case code == 1 && differs(s.Command, out):
	case code != 0:
		t.Fatalf("%s: exit code %d\n%s%s", s.Command, code, out, &stderr)
	}
	return out
}

// differs reports whether diff has found differences, which it says by its exit code too.
func differs(command, out string) bool {
	return regexp.MustCompile(`^kubectl otomi diff\b[^|]*$`).MatchString(command) && regexp.MustCompile(`(?m)^[0-9].* to [a-z]`).MatchString(out)
}
