package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

func TestUpDownUp(t *testing.T) {
	root := t.TempDir()
	client := up(t, root, "one", "--nodes", "2", "--context", "chosen")
	first := record(t, root, "one")
	wantUp(t, root, "one", first.Server)

	ctx := testContext(t)
	marker := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "marker"}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, marker, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := finish(t, devcluster(t, root, "down", "--name", "one")); got != (result{}) {
		t.Errorf("down = %+v, want silent success", got)
	}
	if left := processes(t, first.Group); len(left) > 0 {
		t.Errorf("down returns before its processes are gone: %v", left)
	}
	wantNoFolder(t, root)
	if got := finish(t, devcluster(t, root, "kubeconfig", "--name", "one")); got.code != 1 {
		t.Errorf("kubeconfig of no cluster exits with %d", got.code)
	}

	client = up(t, root, "one")
	if _, err := client.CoreV1().Namespaces().Get(ctx, marker.Name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the second cluster has what was in the first: %v", err)
	}
}

// wantUp looks at a running cluster of two nodes, with a context called chosen, from outside.
func wantUp(t *testing.T, root, name, server string) {
	t.Helper()
	listed := finish(t, devcluster(t, root, "list"))
	for _, want := range []string{name, state.Running, "v1.36.", " 2 ", server} {
		if !strings.Contains(listed.stdout, want) {
			t.Errorf("list lacks %q:\n%s", want, listed.stdout)
		}
	}
	config := finish(t, devcluster(t, root, "kubeconfig", "--name", name))
	if !strings.Contains(config.stdout, "current-context: chosen") || config.stderr != "" {
		t.Errorf("kubeconfig = %q, %q, want context chosen and no more", config.stdout, config.stderr)
	}
	again := finish(t, devcluster(t, root, "up", "--name", name))
	if again.code != 1 || !strings.Contains(again.stderr, "up already") {
		t.Errorf("second up exits with %d: %s", again.code, again.stderr)
	}
}

func TestSideBySide(t *testing.T) {
	root := t.TempDir()
	a, b := up(t, root, "a"), up(t, root, "b")
	ctx := testContext(t)
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "only-in-a"}}
	if _, err := a.CoreV1().ConfigMaps("default").Create(ctx, object, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.CoreV1().ConfigMaps("default").Get(ctx, object.Name, metav1.GetOptions{}); err == nil {
		t.Error("an object of a is in b too")
	}
	recordA := record(t, root, "a")
	if got := finish(t, devcluster(t, root, "down", "--name", "a")); got.code != 0 {
		t.Fatalf("down = %+v", got)
	}
	wantNothingLeft(t, recordA.Group)
	if _, err := b.Discovery().ServerVersion(); err != nil {
		t.Errorf("b does not answer after a is down: %v", err)
	}
}

// TestFailedUp covers what can go wrong before a cluster is ready.
func TestFailedUp(t *testing.T) {
	for _, component := range []string{"etcd", "kube-apiserver"} {
		t.Run(component+" dies", func(t *testing.T) {
			root := t.TempDir()
			cmd, stderr, group := startUp(t, root, "x")
			kill(t, group, component)
			if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("up ends with %v, want exit code 1", err)
			}
			if !strings.Contains(stderr.String(), component+": signal: killed") {
				t.Errorf("up does not say what happened:\n%s", stderr)
			}
			wantNothingLeft(t, group)
			if got := record(t, root, "x"); got.Status != state.Failed {
				t.Errorf("status = %s, want failed", got.Status)
			}
		})
	}
	t.Run("time is up", func(t *testing.T) {
		root := t.TempDir()
		cmd, stderr, group := startUp(t, root, "x", "--timeout", "700ms")
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("up ends with %v, want exit code 1", err)
		}
		if !strings.Contains(stderr.String(), "not ready in 700ms") {
			t.Errorf("up does not say what happened:\n%s", stderr)
		}
		wantNothingLeft(t, group)
	})
	for signal, code := range map[syscall.Signal]int{syscall.SIGKILL: -1, syscall.SIGINT: 130, syscall.SIGTERM: 130} {
		t.Run("up gets "+signal.String(), func(t *testing.T) {
			root := t.TempDir()
			cmd, _, group := startUp(t, root, "x")
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != code {
				t.Errorf("up ends with %d, want %d", cmd.ProcessState.ExitCode(), code)
			}
			wantNothingLeft(t, group)
			wantNoFolder(t, root)
		})
	}
}

// TestParentDies is what happens to the clusters of a test binary that is killed.
func TestParentDies(t *testing.T) {
	root := t.TempDir()
	parent := exec.Command("sleep", "600")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	up(t, root, "x", "--until-exit-of", strconv.Itoa(parent.Process.Pid))
	group := record(t, root, "x").Group
	if len(processes(t, group)) != 6 {
		t.Errorf("processes = %v, want the supervisor and five components", processes(t, group))
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	wantNothingLeft(t, group)
	wantNoFolder(t, root)
}

func TestSupervisorDies(t *testing.T) {
	root := t.TempDir()
	up(t, root, "x")
	group := record(t, root, "x").Group
	kill(t, group, "supervise")
	wantNothingLeft(t, group)
	// The lock outlives what the process table shows: a process is a zombie before the last of its threads is gone.
	eventually(t, func() string {
		if got := record(t, root, "x"); got.Status != state.Dead {
			return "status = " + got.Status + ", want dead"
		}
		return ""
	})
	up(t, root, "x") // takes the place of the dead one
}

func TestComponentDies(t *testing.T) {
	root := t.TempDir()
	up(t, root, "x")
	group := record(t, root, "x").Group
	kill(t, group, "kube-scheduler")
	wantNothingLeft(t, group)
	got := record(t, root, "x")
	if got.Status != state.Failed || !strings.HasPrefix(got.Reason, "kube-scheduler: signal: killed") {
		t.Errorf("record = %+v, want failed because of kube-scheduler", got)
	}
}

// TestLifeline is the part of TestSupervisorDies that does not lean on the kernel: a component ends when nobody holds the
// other end of its pipe, even while its parent lives.
func TestLifeline(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := devcluster(t, "", "component")
	cmd.Args = append(cmd.Args[:2], "--lifeline=3", "etcd", "--data-dir=etcd",
		"--listen-client-urls=unix://client.sock", "--advertise-client-urls=http://localhost:2379",
		"--listen-peer-urls=unix://peer.sock")
	cmd.Dir = t.TempDir()
	cmd.ExtraFiles = []*os.File{reader}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
	eventually(t, func() string {
		if _, err := os.Stat(cmd.Dir + "/client.sock"); err != nil {
			return "etcd does not come up"
		}
		return ""
	})
	_ = writer.Close()
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("etcd ends with %v, want it to kill itself", err)
	}
}

func TestUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"name":    {"up", "--name", "../x"},
		"nodes":   {"up", "--nodes", "-1"},
		"timeout": {"up", "--timeout", "0s"},
		"process": {"up", "--until-exit-of", "-5"},
		"flag":    {"down", "--nmae", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := finish(t, devcluster(t, t.TempDir(), args...)); got.code != 2 || got.stdout != "" {
				t.Errorf("%v exits with %d, want 2: %s", args, got.code, got.stderr)
			}
		})
	}
	t.Run("down without a cluster", func(t *testing.T) {
		if got := finish(t, devcluster(t, t.TempDir(), "down")); got.code != 0 || got.stderr == "" {
			t.Errorf("down = %+v, want success with a word", got)
		}
	})
}

func wantNoFolder(t *testing.T, root string) {
	t.Helper()
	eventually(t, func() string {
		if entries, err := os.ReadDir(root); err != nil || len(entries) > 0 {
			return "the cluster's folder is left"
		}
		return ""
	})
}
