package kustomize

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// engine is a docker or podman that answers and has the images; in CI there has to be one.
func engine(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"docker", "podman"} {
		if exec.Command(program, "image", "inspect", "ghcr.io/otomi/krm-functions:dev").Run() == nil {
			return program
		}
	}
	why := "no docker or podman has ghcr.io/otomi/krm-functions:dev: start one and run make images"
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip("SKIPPED, NOT TESTED: " + why)
	return ""
}

// contained runs a function the way kustomize and kpt do: as nobody, without network, and with nothing of this machine.
func contained(t *testing.T, engine, image, stdin string, args ...string) result {
	t.Helper()
	args = append([]string{"run", "--rm", "-i", "--network", "none", "--user", "nobody", "--security-opt=no-new-privileges", "ghcr.io/otomi/" + image + ":dev"}, args...)
	return run(t, t.TempDir(), stdin, engine, args...)
}

// TestContainerExamples gives every function, as an image, the input of its examples. The image with all functions takes the
// pipeline's.
func TestContainerExamples(t *testing.T) {
	docker := engine(t)
	inputs, err := filepath.Glob(filepath.Join(root(t), "krm-functions", "*", "examples", "*", "in.yaml"))
	if err != nil || len(inputs) < 10 {
		t.Fatalf("there are %d examples: %v", len(inputs), err)
	}
	for _, file := range inputs {
		name := filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(file))))
		in, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		images := []string{name}
		if name == "pipeline" {
			images = append(images, "krm-functions")
		}
		for _, image := range images {
			t.Run(image+"/"+filepath.Base(filepath.Dir(file)), func(t *testing.T) {
				want := function(t, name, string(in))
				got := contained(t, docker, image, string(in))
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
					t.Errorf("program and container (-program +container):\n%s", diff)
				}
			})
		}
	}
}

// TestContainerInstall copies a function out of its image, as somebody who may write where it goes; its own user may not.
func TestContainerInstall(t *testing.T) {
	docker := engine(t)
	dir := t.TempDir()
	install := func(flags ...string) result {
		args := append(append([]string{"run", "--rm", "--network", "none", "--volume", dir + ":/out"}, flags...), "ghcr.io/otomi/merge-values:dev", "install", "/out")
		return run(t, dir, "", docker, args...)
	}
	if got := install(); got.code != 1 || !strings.Contains(got.stderr, "permission denied; an image runs as nobody: run it as a user who may write there") {
		t.Errorf("as nobody: exit code %d: %s", got.code, got.stderr)
	}
	if got := install("--user", strconv.Itoa(os.Getuid())); got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	if got := run(t, dir, "", filepath.Join(dir, "merge-values"), "--help"); got.code != 0 {
		t.Errorf("the copy does not run: %s", got.stderr)
	}
}
