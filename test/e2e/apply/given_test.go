package apply

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// shop is a set of manifests from nowhere in particular, with what tools leave in them.
func shop(name string) string {
	return strings.ReplaceAll(`
-- all/ns.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: NAME}
-- all/config.yaml --
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  labels: {otomi.io/release: shop, validated-by: otomi-12345678}
  annotations:
    otomi.io/runlevel: "20"
    otomi.io/rendered-by: x
    config.kubernetes.io/index: "1"
    config.kubernetes.io/path: a.yaml
    config.k8s.io/id: "7"
    internal.config.kubernetes.io/seqindent: compact
data: {a: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: NAME}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: tool, namespace: NAME, annotations: {config.kubernetes.io/local-config: "true"}}
---
apiVersion: otomi.io/v1alpha1
kind: Values
metadata: {name: values}
-- all/role.yaml --
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAME-reader}
rules: []
`, "NAME", name)
}

// TestGiven: manifests from anywhere are a set of their own, without a values repo.
func TestGiven(t *testing.T) {
	e := newEnv(t, shop("given"))
	set := []string{"--inventory", "given"}
	with := func(args ...string) []string { return append(args, set...) }
	e.otomi(6, with("apply", "-f", "all", "-n", "given")...) // a first apply needs agreement
	e.otomi(1, with("diff", "-f", "all", "-n", "given")...)
	e.otomi(0, with("apply", "-f", "all", "-n", "given", "--yes")...)
	t.Cleanup(func() { e.otomi(0, with("destroy", "--yes")...) })
	got := e.kubectl("-n", "given", "get", "configmap", "a", "-o", "yaml")
	for _, want := range []string{`otomi.io/runlevel: "20"`, "otomi.io/release: shop", "applyset.kubernetes.io/part-of"} {
		if !strings.Contains(got, want) {
			t.Errorf("the object in the cluster lacks %s:\n%s", want, got)
		}
	}
	for _, never := range []string{"config.kubernetes.io", "config.k8s.io", "rendered-by", "validated-by"} {
		if strings.Contains(got, never) {
			t.Errorf("the object in the cluster has %s:\n%s", never, got)
		}
	}
	if !e.gone("-n", "given", "configmap", "tool") {
		t.Error("what is for tools is in the cluster")
	}
	e.kubectl("get", "clusterrole", "given-reader")
	if r := e.otomi(0, with("apply", "-f", "all", "-n", "given")...); !strings.Contains(r.stdout, "4 unchanged") {
		t.Errorf("apply of the same: %s", r.stdout)
	}
	if r := e.otomi(0, with("status")...); !strings.Contains(r.stdout, "4 of 4 objects ready") {
		t.Errorf("status: %s", r.stdout)
	}

	// Nothing is never taken for a wish to delete everything.
	e.write("-- empty.yaml --\n# nothing\n")
	if r := e.otomi(1, with("apply", "-f", "empty.yaml", "--yes")...); !strings.Contains(r.stderr, "[no-manifests]") {
		t.Errorf("apply of nothing: %s", r.stderr)
	}
	// A narrowed run changes only what it names, and what is gone is pruned with agreement alone.
	if err := os.Remove(filepath.Join(e.dir, "all/role.yaml")); err != nil {
		t.Fatal(err)
	}
	e.otomi(0, with("apply", "-f", "all", "-n", "given", "--release", "shop")...)
	e.otomi(0, with("apply", "-f", "all", "-n", "given", "--runlevel", "20")...)
	e.otomi(6, with("apply", "-f", "all", "-n", "given")...)
	e.kubectl("get", "clusterrole", "given-reader")
	e.otomi(0, with("apply", "-f", "all", "-n", "given", "--yes")...)
	if !e.gone("clusterrole", "given-reader") {
		t.Error("what is no longer among the manifests is still there")
	}
}

// TestGivenPlaceholder: what was rendered without keys does not reach a cluster.
func TestGivenPlaceholder(t *testing.T) {
	e := newEnv(t, `
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: {otomi.io/secrets: placeholder}}
`)
	if r := e.otomi(6, "apply", "-f", "a.yaml", "--inventory", "held", "--yes"); !strings.Contains(r.stderr, "placeholders stand for secrets") {
		t.Errorf("apply of placeholders: %s", r.stderr)
	}
}

// TestGivenAnswer: the manifests come through standard input, and the answer from the terminal.
func TestGivenAnswer(t *testing.T) {
	e := newEnv(t, shop("answer"))
	cmd := exec.Command("sh", "-c", "cat all/ns.yaml | "+plugin()+" apply -f - --inventory answer")
	term := e.onTerminal(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	term.sees("apply 1 change to https://")
	term.types("y\n")
	term.ends(0)
	e.otomi(0, "destroy", "--inventory", "answer", "--yes")
}

// TestGivenPipeline: what kustomize makes with our functions is applied as it comes out of it.
func TestGivenPipeline(t *testing.T) {
	e := newEnv(t, "")
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	build := rig.Run(t, root, nil, "kustomize", "build", "examples/kustomize-pipeline", "--enable-alpha-plugins", "--enable-exec", "--load-restrictor", "LoadRestrictionsNone")
	if build.Code != 0 {
		t.Fatal(build.Stderr)
	}
	e.write("-- built.yaml --\n" + build.Stdout)
	t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "pipeline", "--yes") })
	e.otomi(0, "apply", "-f", "built.yaml", "--inventory", "pipeline", "--yes", "--gate", "none")
	if r := e.otomi(0, "diff", "-f", "built.yaml", "--inventory", "pipeline"); strings.Contains(r.stdout, "---") {
		t.Errorf("diff after apply: %s", r.stdout)
	}
}
