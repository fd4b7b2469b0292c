// Package rig is what the tests against a real cluster share: the cluster, values repos written from archives, and programs
// that run in them.
package rig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Bin is the path of a program that the Makefile builds.
func Bin(name string) string {
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", name))
	if err != nil {
		panic(err)
	}
	return path
}

// Cluster is a test cluster, whose one context is called e2e.
type Cluster struct {
	Kubeconfig string
	Audit      string // the API server's audit log
}

// Up starts a cluster. It goes down with this process, however that ends.
func Up() (Cluster, error) {
	state, err := os.MkdirTemp("", "otomi-e2e-")
	if err != nil {
		return Cluster{}, err
	}
	cmd := exec.Command(Bin("devcluster"), "up", "--name", "e2e", "--state", state, "--nodes", "2", "--audit", "--context", "e2e",
		"--until-exit-of", fmt.Sprint(os.Getpid()), "--print-kubeconfig")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return Cluster{}, fmt.Errorf("devcluster up: %w\n%s", err, stderr.String())
	}
	kubeconfig := strings.TrimSpace(string(out))
	return Cluster{Kubeconfig: kubeconfig, Audit: filepath.Join(filepath.Dir(kubeconfig), "audit.log")}, nil
}

// Start starts a cluster that goes down with the test.
func Start(t *testing.T) Cluster {
	t.Helper()
	c, err := Up()
	if err != nil {
		t.Fatalf("no test cluster: %v\nbuild it with: make bin/devcluster", err)
	}
	t.Cleanup(func() {
		if err := c.Down(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// Down stops the cluster and removes what it left.
func (c Cluster) Down() error {
	state := filepath.Dir(filepath.Dir(c.Kubeconfig))
	if out, err := exec.Command(Bin("devcluster"), "down", "--name", "e2e", "--state", state).CombinedOutput(); err != nil {
		return fmt.Errorf("devcluster down: %w\n%s", err, out)
	}
	return os.RemoveAll(state)
}

// Write adds or replaces the files of an archive.
func Write(t *testing.T, dir, archive string) {
	t.Helper()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Result is what a program printed and how it ended.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Run runs a program of bin/ in a folder, which is its home too.
func Run(t *testing.T, dir string, env []string, program string, args ...string) Result {
	t.Helper()
	cmd := exec.Command(Bin(program), args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "HOME="+dir), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", program, err)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
