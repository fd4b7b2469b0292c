package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
	"github.com/otomi/kubectl-otomi/test/cluster/internal/supervisor"
)

// patience is how long tests wait for what takes seconds: the machine may be slow and busy.
const patience = 90 * time.Second

// TestMain makes this test binary devcluster itself when it is called by that name, as the supervisor calls it.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == supervisor.ProgramName {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// devcluster is a command line. Whatever the test does, the cluster ends with the test binary.
func devcluster(t *testing.T, root string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Args = append([]string{supervisor.ProgramName, args[0], "--state", root}, args[1:]...)
	return cmd
}

// result is what a command did.
type result struct {
	code           int
	stdout, stderr string
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %v: %v", cmd.Args, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// up starts a cluster that the end of the test takes down, and connects to it.
func up(t *testing.T, root, name string, args ...string) *kubernetes.Clientset {
	t.Helper()
	t.Cleanup(func() { finish(t, devcluster(t, root, "down", "--name", name)) })
	all := append([]string{"up", "--name", name, "--print-kubeconfig", "--until-exit-of", strconv.Itoa(os.Getpid())}, args...)
	got := finish(t, devcluster(t, root, all...))
	if got.code != 0 {
		t.Fatalf("up exits with %d:\n%s", got.code, got.stderr)
	}
	return connect(t, strings.TrimSpace(got.stdout))
}

func connect(t *testing.T, kubeconfig string) *kubernetes.Clientset {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return kubernetes.NewForConfigOrDie(config)
}

// record is what the cluster says of itself.
func record(t *testing.T, root, name string) state.Record {
	t.Helper()
	got, err := clusterDir(t, root, name).Record()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func clusterDir(t *testing.T, root, name string) state.Dir {
	t.Helper()
	dir, err := state.Find(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// eventually tries until check says nothing.
func eventually(t *testing.T, check func() (problem string)) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		problem := check()
		if problem == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatal(problem)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// wantNothingLeft fails when a process of the group lives on.
func wantNothingLeft(t *testing.T, group int) {
	t.Helper()
	if group <= 1 {
		t.Fatalf("no process group was recorded: %d", group)
	}
	eventually(t, func() string {
		if left := processes(t, group); len(left) > 0 {
			return "processes are left: " + strings.Join(left, ", ")
		}
		return ""
	})
}

// processes lists the living members of a process group: "PID ARGUMENT...". It looks at the system's own table, not at
// what devcluster believes.
func processes(t *testing.T, group int) []string {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(entries) == 0 {
		return processesOfPs(t, group)
	}
	var found []string
	for _, entry := range entries {
		stat, err := os.ReadFile(filepath.Join(entry, "stat"))
		if err != nil {
			continue // it has just ended
		}
		// The name, in parentheses, may hold anything; after it come state, parent and group.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 3 || fields[2] != strconv.Itoa(group) || isZombie(fields[0]) {
			continue
		}
		args, _ := os.ReadFile(filepath.Join(entry, "cmdline"))
		found = append(found, filepath.Base(entry)+" "+strings.ReplaceAll(string(args), "\x00", " "))
	}
	return found
}

func processesOfPs(t *testing.T, group int) []string {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pgid=,pid=,stat=,args=").Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[0] != strconv.Itoa(group) || isZombie(fields[2]) {
			continue
		}
		found = append(found, fields[1]+" "+strings.Join(fields[3:], " "))
	}
	return found
}

// isZombie: it runs no more, and only waits for init to notice.
func isZombie(status string) bool {
	return strings.HasPrefix(status, "Z") || strings.HasPrefix(status, "X")
}

// kill ends one component of a cluster, or its supervisor, without warning.
func kill(t *testing.T, group int, component string) {
	t.Helper()
	for _, process := range processes(t, group) {
		pid, args, _ := strings.Cut(process, " ")
		if !strings.Contains(" "+args+" ", " "+component+" ") {
			continue
		}
		number, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(number, syscall.SIGKILL); err != nil {
			t.Fatalf("kill %s: %v", component, err)
		}
		return
	}
	t.Fatalf("no process %s in %v", component, processes(t, group))
}

// startUp starts up and waits until its cluster is about to run all of its parts.
func startUp(t *testing.T, root, name string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer, group int) {
	t.Helper()
	t.Cleanup(func() { finish(t, devcluster(t, root, "down", "--name", name)) })
	all := append([]string{"up", "--name", name, "--until-exit-of", strconv.Itoa(os.Getpid())}, args...)
	cmd = devcluster(t, root, all...)
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		group = record(t, root, name).Group
		if group == 0 {
			return "no supervisor"
		}
		if len(processes(t, group)) < 3 {
			return "etcd and kube-apiserver do not run"
		}
		return ""
	})
	return cmd, stderr, group
}

// testContext outlasts eventually, whose message says more than that of a request without time.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	t.Cleanup(cancel)
	return ctx
}
