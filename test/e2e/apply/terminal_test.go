package apply

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is the plugin at work on a terminal, with a person at it.
type terminal struct {
	*env
	cmd  *exec.Cmd
	keys *os.File

	lock   sync.Mutex
	screen bytes.Buffer
	ended  chan struct{}
}

// terminal starts the plugin on a terminal of its own.
func (e *env) terminal(args ...string) *terminal {
	e.Helper()
	return e.onTerminal(exec.Command(plugin(), args...), nil)
}

// onTerminal starts a program on a terminal of a size; nil: whichever.
func (e *env) onTerminal(cmd *exec.Cmd, size *pty.Winsize) *terminal {
	e.Helper()
	t := &terminal{env: e, cmd: cmd, ended: make(chan struct{})}
	t.cmd.Dir = e.dir
	t.cmd.Env = append(os.Environ(), "KUBECONFIG="+e.cluster.kubeconfig, "HOME="+e.dir)
	var err error
	if t.keys, err = pty.StartWithSize(t.cmd, size); err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() {
		_ = t.cmd.Process.Kill() // nothing, when it has ended as it should
		_ = t.keys.Close()
	})
	go func() {
		defer close(t.ended)
		_, _ = io.Copy(t, t.keys) // ends with an error when the plugin closes its side
	}()
	return t
}

// Write puts what the plugin prints on the screen.
func (t *terminal) Write(text []byte) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.screen.Write(text)
}

func (t *terminal) shown() string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.screen.String()
}

// sees waits for a text on the screen.
func (t *terminal) sees(text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(t.shown(), text); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%v: %q does not appear:\n%s", t.cmd.Args, text, t.shown())
		}
	}
}

// types presses keys.
func (t *terminal) types(keys string) {
	t.Helper()
	if _, err := t.keys.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// ends wants an exit code.
func (t *terminal) ends(code int) {
	t.Helper()
	stuck := time.AfterFunc(time.Minute, func() { _ = t.cmd.Process.Kill() })
	defer stuck.Stop()
	_ = t.cmd.Wait() // the exit code says it
	<-t.ended
	if got := t.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("%v: exit code %d, want %d\n%s", t.cmd.Args, got, code, t.shown())
	}
}

// holder is who holds the lock of a set; "none" where there is not even a Lease.
func (e *env) holder(set string) string {
	e.Helper()
	if e.gone("-n", "otomi-system", "lease", set) {
		return "none"
	}
	return e.kubectl("-n", "otomi-system", "get", "lease", set, "-o", "jsonpath={.spec.holderIdentity}")
}

const ctrlC = "\x03"

// TestQuestion answers the question of apply in every way.
func TestQuestion(t *testing.T) {
	e := newEnv(t, base("ask"))
	untouched := func(keys string, code int) {
		t.Helper()
		sent := e.requests(func() {
			term := e.terminal("apply")
			term.sees("apply 8 changes to https://")
			term.types(keys)
			term.ends(code)
		})
		for _, r := range sent {
			if r.writes() && !strings.Contains(r.RequestURI, "dryRun=All") {
				t.Errorf("a first apply that was answered with %q sent %s %s", keys, r.Verb, r.RequestURI)
			}
		}
		if holder := e.holder("ask"); holder != "none" {
			t.Errorf("a first apply that was answered with %q left a lock, held by %q", keys, holder)
		}
	}
	untouched("n\n", 6)
	untouched("\n", 6)
	untouched(ctrlC, 130)

	term := e.terminal("apply")
	term.sees("[y/N]")
	term.types("y\n")
	term.ends(0)
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })

	e.write("-- env/values.yaml --\nreplicas: 2\nextra: true\n")
	term = e.terminal("apply")
	term.sees("apply 1 change to https://")
	if holder := e.holder("ask"); holder == "" || holder == "none" {
		t.Error("nothing keeps others from changing what the question is about")
	}
	term.types(ctrlC)
	term.ends(130)
	if holder := e.holder("ask"); holder != "" {
		t.Errorf("an apply that was interrupted left its lock to %q", holder)
	}
	if got := e.kubectl("-n", "ask", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"); got != "1" {
		t.Errorf("an apply that was interrupted at its question changed the replicas to %s", got)
	}
	e.otomi(0, "apply", "--lock-timeout", "0s")
}

// TestFirstApplyTwice: while one first apply waits for its answer, another one is quicker. The one that was slower asks again,
// about what is left.
func TestFirstApplyTwice(t *testing.T) {
	e := newEnv(t, base("twice"))
	slow := e.terminal("apply")
	slow.sees("apply 8 changes to https://")
	e.otomi(0, "apply", "--yes")
	t.Cleanup(func() { e.otomi(0, "destroy", "--yes") })
	slow.types("y\n")
	slow.ends(0)
	if shown := slow.shown(); !strings.Contains(shown, "8 unchanged") || strings.Contains(shown, "created") {
		t.Errorf("the slower apply did not plan anew:\n%s", shown)
	}
}
