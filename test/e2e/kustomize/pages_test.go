package kustomize

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/test/e2e/internal/rig"
)

// TestPages does what the pages about kustomize and kpt say, against a real API server that has nothing yet: it writes the files that
// they show and runs their commands, in order; once there is the namespace, as an account with rights in it alone.
func TestPages(t *testing.T) {
	need(t, "kubectl-otomi", "pipeline", "kustomize", "kubectl")
	for name, commands := range map[string]int{"use-with-kustomize": 4, "use-with-kpt": 8} {
		t.Run(name, func(t *testing.T) {
			if name == "use-with-kpt" {
				kptVersion(t)
			}
			page, err := os.ReadFile(filepath.Join(root(t), "docs", "how-to", name+".md"))
			if err != nil {
				t.Fatal(err)
			}
			p := &reader{T: t, dir: t.TempDir(), kubeconfig: rig.Start(t).Kubeconfig}
			for _, s := range rig.Steps(string(page)) {
				if s.File != "" {
					rig.Write(t, p.dir, "-- "+s.File+" --\n"+s.Text)
					continue
				}
				got := p.runs(s.Command)
				if !s.Shows(got.stdout) || got.code != 0 {
					t.Errorf("%s: exit code %d, and it printed\n%s%s\nthe page shows\n%s", s.Command, got.code, got.stdout, got.stderr, s.Want)
				}
				if s.Command == makeNamespace {
					p.give()
				}
				if commands--; strings.Contains(s.Command, "--yes") && strings.Contains(s.Want, "2 created") {
					ordered(t, got.stderr)
				}
			}
			if commands != 0 {
				t.Errorf("the test sees %d commands less than the page has, or more", commands)
			}
		})
	}
}

// ordered wants the second runlevel to have waited for the first, though the stream has it first.
func ordered(t *testing.T, progress string) {
	t.Helper()
	first, second := strings.Index(progress, "Deployment/shop/web ready"), strings.Index(progress, "ConfigMap/shop/notice created")
	if first < 0 || second < first {
		t.Errorf("runlevel 20 has not waited for runlevel 10:\n%s", progress)
	}
}

// reader does what a page says.
type reader struct {
	*testing.T
	dir        string
	kubeconfig string
}

// makeNamespace is what somebody with more rights does first.
const makeNamespace = "kubectl create namespace shop"

// give makes the account of docs/rbac.md that has rights in the namespace shop alone, and goes on as that.
func (p *reader) give() {
	p.Helper()
	page, err := os.ReadFile(filepath.Join(root(p.T), "docs", "rbac.md"))
	if err != nil {
		p.Fatal(err)
	}
	for _, s := range rig.Steps(regexp.MustCompile("(?s)```yaml namespace\\.yaml\n.*?\n## ").FindString(string(page))) {
		if s.Command == "" {
			rig.Write(p.T, p.dir, "-- "+s.File+" --\n"+s.Text)
			continue
		}
		if s.Command != makeNamespace {
			p.must(s.Command)
		}
	}
	if err := os.Remove(filepath.Join(p.dir, "namespace.yaml")); err != nil {
		p.Fatal(err)
	}
	token := strings.TrimSpace(p.must("kubectl create token pipeline -n shop"))
	config, err := os.ReadFile(p.kubeconfig)
	if err != nil {
		p.Fatal(err)
	}
	p.kubeconfig = filepath.Join(p.TempDir(), "kubeconfig")
	if err := os.WriteFile(p.kubeconfig, config, 0o600); err != nil {
		p.Fatal(err)
	}
	p.must("kubectl config set-credentials pipeline --token=" + token)
	p.must("kubectl config set-context e2e --user=pipeline --namespace=shop")
}

// runs runs a command line, with the programs of this repository on the PATH.
func (p *reader) runs(command string) result {
	p.Helper()
	p.Setenv("KUBECONFIG", p.kubeconfig)
	p.Setenv("PATH", filepath.Join(root(p.T), "bin")+":"+os.Getenv("PATH"))
	return run(p.T, p.dir, "", "sh", "-c", command)
}

func (p *reader) must(command string) string {
	p.Helper()
	got := p.runs(command)
	if got.code != 0 {
		p.Fatalf("%s: exit code %d\n%s", command, got.code, got.stderr)
	}
	return got.stdout
}

// TestApplyKustomization builds the whole platform with kustomize's library and the functions as programs, and applies it.
func TestApplyKustomization(t *testing.T) {
	need(t, "kubectl-otomi", "merge-values", "render-platform", "validate-manifests", "check-policies", "kubectl")
	p := &reader{T: t, dir: root(t), kubeconfig: rig.Start(t).Kubeconfig}
	flags := " -k examples/kustomize-pipeline --load-restrictor LoadRestrictionsNone --inventory acme --require-checked --policies embedded --policies examples/acme/policies"
	if got := p.runs("kubectl otomi apply --yes" + flags); got.code != 1 || strings.Count(got.stderr, "[function-disabled]") != 4 {
		t.Errorf("apply -k without --enable-exec: exit code %d\n%s", got.code, got.stderr)
	}
	p.must("kubectl otomi apply --yes --gate none --enable-exec" + flags)
	if got := p.runs("kubectl otomi diff --enable-exec" + flags); got.code != 0 || !strings.Contains(got.stdout, "1 to recreate, 1 kept, 46 unchanged\n") {
		t.Errorf("diff after apply finds more than the task that runs always: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	live := p.must("kubectl get deployment -n website website -o yaml")
	if !strings.Contains(live, `otomi.io/runlevel: "55"`) || strings.Contains(live, "validated-by") || strings.Contains(live, "rendered-by") {
		t.Errorf("the object in the cluster lacks its runlevel, or has marks of functions:\n%s", live)
	}
}
