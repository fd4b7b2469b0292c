package apply

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// started is the plugin at work.
type started struct {
	*env
	cmd   *exec.Cmd
	lock  sync.Mutex
	text  bytes.Buffer
	ended chan struct{}
}

// start starts the plugin with a kubeconfig.
func (e *env) start(kubeconfig string, args ...string) *started {
	e.Helper()
	s := &started{env: e, cmd: exec.Command(plugin(), args...), ended: make(chan struct{})}
	s.cmd.Dir, s.cmd.Env = e.dir, append(os.Environ(), "HOME="+e.dir, "KUBECONFIG="+kubeconfig)
	s.cmd.Stdout, s.cmd.Stderr = s, s
	if err := s.cmd.Start(); err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { _ = s.cmd.Process.Kill() }) // nothing, when it has ended as it should
	go func() {
		_ = s.cmd.Wait() // its state says it
		close(s.ended)
	}()
	return s
}

// Write takes what the plugin prints.
func (s *started) Write(text []byte) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.text.Write(text)
}

func (s *started) printed() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.text.String()
}

func (s *started) prints(text string) {
	s.Helper()
	s.eventually("it prints "+text, func() bool { return strings.Contains(s.printed(), text) })
}

func (s *started) signal(signal os.Signal) {
	s.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.Fatal(err)
	}
}

func (s *started) ends() syscall.WaitStatus {
	s.Helper()
	s.eventually("it ends", func() bool {
		select {
		case <-s.ended:
			return true
		default:
			return false
		}
	})
	return s.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// interrupted wants the end that an interruption has: code, state, a free lock, and what to do next.
func (s *started) interrupted(set, again string) {
	s.Helper()
	if status := s.ends(); status.ExitStatus() != 130 {
		s.Errorf("exit status %v, want 130\n%s", status, s.printed())
	}
	if !strings.Contains(s.printed(), "this goes on where it stopped:\n  "+again+"\n") {
		s.Errorf("it does not say how to go on with %q:\n%s", again, s.printed())
	}
	if holder := s.holder(set); holder != "" {
		s.Errorf("the lock is left to %q", holder)
	}
	if got := s.state(set); got != "Interrupted" {
		s.Errorf("the state is %s, want Interrupted\n%s", got, s.printed())
	}
}

// state is what the inventory says of a set.
func (e *env) state(set string) string {
	e.Helper()
	var status struct{ State string }
	r := e.run("kubectl-otomi", "status", "--inventory", set, "-o", "json")
	if err := json.Unmarshal([]byte(r.stdout), &status); err != nil {
		e.Fatalf("status: %v\n%s", err, r.stderr)
	}
	return status.State
}

// steps is a set whose second object waits for the first.
func steps(name string) string {
	return strings.ReplaceAll(`
-- all.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: NAME}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: first, namespace: NAME, annotations: {otomi.io/runlevel: "10"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: second, namespace: NAME, annotations: {otomi.io/runlevel: "20"}}
`, "NAME", name)
}

// sendsFirst tells the request that makes the first object.
func sendsFirst(r *http.Request) bool {
	return r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/configmaps/first") && r.URL.Query().Get("dryRun") == ""
}

// TestInterruptApply: while a request is under way, nothing new is begun, and what is under way may end. A terminal that goes away
// stops a run as Ctrl-C does.
func TestInterruptApply(t *testing.T) {
	for set, signal := range map[string]os.Signal{"stop-apply": os.Interrupt, "stop-hangup": syscall.SIGHUP} {
		t.Run(set, func(t *testing.T) {
			e := newEnv(t, steps(set))
			w := e.wire()
			again := []string{"apply", "-f", "all.yaml", "--inventory", set, "--yes"}
			t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", set, "--yes") })
			w.holding(sendsFirst)
			s := e.start(w.kubeconfig, again...)
			<-w.held
			s.signal(signal)
			s.prints("nothing new is begun")
			w.release()
			s.interrupted(set, "kubectl otomi "+strings.Join(again, " "))
			if !e.gone("-n", set, "configmap", "second") {
				t.Error("after the interruption something new was made")
			}
			e.kubectl("-n", set, "get", "configmap", "first")
			if r := e.otomi(0, again...); !strings.Contains(r.stdout, "1 created") || !strings.Contains(r.stdout, "2 unchanged") {
				t.Errorf("the same command again: %s", r.stdout)
			}
		})
	}
}

// TestInterruptStuck: what is under way does not end; the interruption does not wait for it for ever, and a second one not at all.
func TestInterruptStuck(t *testing.T) {
	e := newEnv(t, steps("stop-stuck"))
	w := e.wire()
	again := []string{"apply", "-f", "all.yaml", "--inventory", "stop-stuck", "--yes"}
	t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "stop-stuck", "--yes") })
	w.holding(sendsFirst)
	s := e.start(w.kubeconfig, again...)
	<-w.held
	s.signal(os.Interrupt)
	s.interrupted("stop-stuck", "kubectl otomi "+strings.Join(again, " "))

	w.holding(sendsFirst)
	s = e.start(w.kubeconfig, again...)
	<-w.held
	s.signal(os.Interrupt)
	s.prints("nothing new is begun")
	s.signal(os.Interrupt)
	if status := s.ends(); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("after a second interruption it ends with %v\n%s", status, s.printed())
	}
	w.release()
	e.otomi(0, again...) // the lock of the dead expires
}

// TestInterruptWait: it waits for an object that does not become ready.
func TestInterruptWait(t *testing.T) {
	e := newEnv(t, strings.ReplaceAll(`
-- all.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: NAME}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAME}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {there: is-none}
      containers: [{name: web, image: "registry.example.com/web:1"}]
`, "NAME", "stop-wait"))
	again := []string{"apply", "-f", "all.yaml", "--inventory", "stop-wait", "--yes"}
	t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "stop-wait", "--yes") })
	s := e.start(e.cluster.kubeconfig, again...)
	s.prints("Deployment/stop-wait/web waiting")
	s.signal(syscall.SIGTERM)
	s.interrupted("stop-wait", "kubectl otomi "+strings.Join(again, " "))
	e.kubectl("-n", "stop-wait", "patch", "deployment", "web", "--type=json", "-p", `[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]`)
	manifest, err := os.ReadFile(e.dir + "/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e.write("-- all.yaml --\n" + strings.Replace(string(manifest), "      nodeSelector: {there: is-none}\n", "", 1))
	e.otomi(0, again...)
	if got := e.state("stop-wait"); got != "Ready" {
		t.Errorf("the state after the same command is %s", got)
	}
}

// TestInterruptPrune: it waits for an object that something keeps from going.
func TestInterruptPrune(t *testing.T) {
	e := newEnv(t, steps("stop-prune"))
	again := []string{"apply", "-f", "all.yaml", "--inventory", "stop-prune", "--yes"}
	e.otomi(0, again...)
	t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "stop-prune", "--yes") })
	e.kubectl("-n", "stop-prune", "patch", "configmap", "second", "--type=merge", "-p", `{"metadata":{"finalizers":["example.com/stay"]}}`)
	manifest, err := os.ReadFile(e.dir + "/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e.write("-- all.yaml --\n" + string(manifest)[:strings.LastIndex(string(manifest), "---\n")])
	s := e.start(e.cluster.kubeconfig, again...)
	s.prints("ConfigMap/stop-prune/second waiting")
	s.signal(os.Interrupt)
	s.interrupted("stop-prune", "kubectl otomi "+strings.Join(again, " "))
	e.kubectl("-n", "stop-prune", "patch", "configmap", "second", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
	e.otomi(0, again...)
	if !e.gone("-n", "stop-prune", "configmap", "second") || e.state("stop-prune") != "Ready" {
		t.Errorf("the same command did not complete the work: %s", e.state("stop-prune"))
	}
}

// TestKilled: after kill -9 while something is sent, and while something is deleted, the same command completes the work.
func TestKilled(t *testing.T) {
	e := newEnv(t, steps("killed-twice"))
	w := e.wire()
	again := []string{"apply", "-f", "all.yaml", "--inventory", "killed-twice", "--yes"}
	t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "killed-twice", "--yes") })
	w.holding(sendsFirst)
	s := e.start(w.kubeconfig, again...)
	<-w.held
	s.signal(os.Kill)
	s.ends()
	w.release()
	e.otomi(0, again...)
	e.kubectl("-n", "killed-twice", "get", "configmap", "first", "second")

	w.holding(func(r *http.Request) bool { return r.Method == http.MethodDelete })
	s = e.start(w.kubeconfig, "destroy", "--inventory", "killed-twice", "--yes")
	<-w.held
	s.signal(os.Kill)
	s.ends()
	w.release()
	e.otomi(0, again...)
	if got := e.state("killed-twice"); got != "Ready" {
		t.Errorf("an apply after a destroy that was killed leaves the set %s", got)
	}
	e.kubectl("-n", "killed-twice", "get", "configmap", "first", "second")
}
