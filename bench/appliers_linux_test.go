package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// ourApplier is what a user types who has manifests and no values repo.
func ourApplier(b *testing.B) applier {
	b.Helper()
	file := program(b, "kubectl-otomi")
	return applier{name: "kubectl-otomi", cmd: func(s server, dir, namespace string) *exec.Cmd {
		return exec.Command(file, "apply", "-f", dir, "--inventory", namespace+"/bench", "--yes", "--kubeconfig", s.kubeconfig)
	}}
}

func kubectlApplier(b *testing.B) applier {
	b.Helper()
	return applier{name: "kubectl", missing: absent("kubectl"), cmd: func(s server, dir, _ string) *exec.Cmd {
		return exec.Command(binary("kubectl"), "apply", "--server-side", "-f", dir, "--kubeconfig", s.kubeconfig)
	}}
}

// helmApplier installs a chart whose templates are the manifests as they are.
func helmApplier(b *testing.B) applier {
	b.Helper()
	return applier{
		name: "helm", missing: absent("helm"),
		prepare: func(tb testing.TB, _ server, dir, _ string) {
			tb.Helper()
			put(tb, dir, "chart/Chart.yaml", "apiVersion: v2\nname: bench\nversion: 0.1.0\n")
			move(tb, dir, "chart/templates")
		},
		cmd: func(s server, dir, namespace string) *exec.Cmd {
			return exec.Command(binary("helm"), "upgrade", "--install", "bench", filepath.Join(dir, "chart"), "-n", namespace, "--kubeconfig", s.kubeconfig)
		},
	}
}

func kappApplier() applier {
	return applier{name: "kapp", missing: onPath("kapp"), cmd: func(s server, dir, namespace string) *exec.Cmd {
		return exec.Command("kapp", "deploy", "-a", "bench", "-n", namespace, "-f", dir, "--yes", "--kubeconfig", s.kubeconfig)
	}}
}

func kptApplier() applier {
	return applier{
		name: "kpt", missing: onPath("kpt"),
		prepare: func(tb testing.TB, s server, dir, namespace string) {
			tb.Helper()
			put(tb, dir, "Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: bench}\n")
			// kpt keeps its inventory in a resource of its own, whose definition it installs once.
			for _, args := range [][]string{{"install-resource-group"}, {"init", dir, "--namespace", namespace, "--name", "bench"}} {
				cmd := exec.Command("kpt", append([]string{"live"}, args...)...)
				cmd.Env = append(os.Environ(), "KUBECONFIG="+s.kubeconfig)
				if out, err := cmd.CombinedOutput(); err != nil {
					tb.Fatalf("%v: %v\n%s", cmd.Args, err, out)
				}
			}
		},
		cmd: func(s server, dir, _ string) *exec.Cmd {
			cmd := exec.Command("kpt", "live", "apply", dir)
			cmd.Env = append(os.Environ(), "KUBECONFIG="+s.kubeconfig)
			return cmd
		},
	}
}

// rawApplier is the limit: every object is one request, and nothing else is done.
func rawApplier() applier {
	return applier{name: "raw", direct: func(tb testing.TB, s server, objects []string) {
		tb.Helper()
		client, err := dynamic.NewForConfig(s.config)
		if err != nil {
			tb.Fatal(err)
		}
		var g errgroup.Group
		var next atomic.Int64
		parsed := unstructureds(tb, objects)
		for range 32 {
			g.Go(func() error {
				for i := int(next.Add(1)) - 1; i < len(parsed); i = int(next.Add(1)) - 1 {
					o := parsed[i]
					_, err := client.Resource(resourceOf(o)).Namespace(o.GetNamespace()).
						Apply(context.Background(), o.GetName(), o, metav1.ApplyOptions{FieldManager: "raw"})
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			tb.Fatal(err)
		}
	}}
}

func unstructureds(tb testing.TB, objects []string) []*unstructured.Unstructured {
	tb.Helper()
	all := make([]*unstructured.Unstructured, len(objects))
	for i, text := range objects {
		all[i] = &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(strings.TrimPrefix(text, "---\n")), &all[i].Object); err != nil {
			tb.Fatal(err)
		}
	}
	return all
}

// move puts all manifests of a folder into one below it.
func move(tb testing.TB, dir, below string) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, below), 0o750); err != nil {
		tb.Fatal(err)
	}
	for _, f := range files {
		if err := os.Rename(f, filepath.Join(dir, below, filepath.Base(f))); err != nil {
			tb.Fatal(err)
		}
	}
}

// binary is a program that make puts into bin/.
func binary(name string) string {
	file, err := filepath.Abs("../bin/" + name)
	if err != nil {
		return name
	}
	return file
}

func absent(name string) string {
	if _, err := os.Stat(binary(name)); err != nil {
		return fmt.Sprintf("make builds %s where it can be had: %v", name, err)
	}
	return ""
}

func onPath(name string) string {
	if _, err := exec.LookPath(name); err != nil {
		return name + " is no Go module and not on PATH"
	}
	return ""
}
