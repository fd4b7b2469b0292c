// Package kustomize tests the functions as programs: under a real kustomize, and with streams that no orchestrator sends.
package kustomize

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// root is the repository's.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// need skips a test whose programs are not built; under make and in CI they have to be.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		_, err := os.Stat(filepath.Join(root(t), "bin", name))
		switch {
		case err == nil:
		case os.Getenv("OTOMI_E2E") != "" || os.Getenv("CI") != "":
			t.Fatalf("bin/%s is missing: make build bin/kustomize", name)
		default:
			t.Skipf("SKIP: bin/%s is missing: make build bin/kustomize", name)
		}
	}
}

// result is what a program printed and how it ended.
type result struct {
	stdout, stderr string
	code           int
}

// run runs a program in a folder. One that does not end within a minute hangs.
func run(t *testing.T, dir, stdin, program string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if ctx.Err() != nil || (err != nil && !errors.As(err, &exit)) {
		t.Fatalf("%s %s: %v", program, strings.Join(args, " "), err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// function runs one of the functions, as built.
func function(t *testing.T, name, stdin string) result {
	t.Helper()
	return run(t, t.TempDir(), stdin, filepath.Join(root(t), "bin", name))
}

// copyOf is a copy of the examples, with the programs where they expect them.
func copyOf(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join(root(t), "examples"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root(t), "bin"), filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edit replaces a text in a file, which must hold it.
func edit(t *testing.T, file, before, after string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), before) {
		t.Fatalf("%s does not hold %q", file, before)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// objects reads manifests without what orchestrators and functions mark them with, by identity.
func objects(t *testing.T, text string) map[string]map[string]any {
	t.Helper()
	all, findings := object.Parse("stdout", []byte(text))
	if findings.Failed() {
		t.Fatal(findings)
	}
	byID := map[string]map[string]any{}
	for _, o := range all {
		annotations, labels := o.GetAnnotations(), o.GetLabels()
		for key := range annotations {
			if key == object.RenderedByKey || strings.Contains(key, "config.kubernetes.io/") || strings.Contains(key, "config.k8s.io/") {
				delete(annotations, key)
			}
		}
		delete(labels, object.LabelChecked)
		o.SetAnnotations(annotations)
		o.SetLabels(labels)
		if byID[o.ID().String()] != nil {
			t.Errorf("%s is there twice", o.ID())
		}
		byID[o.ID().String()] = o.Object
	}
	return byID
}
