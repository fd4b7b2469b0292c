package kustomize

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestArgoCDPlugin runs the commands of the plugin as Argo CD does: in the folder of the Application, with the variables of the
// Application in the environment.
func TestArgoCDPlugin(t *testing.T) {
	need(t, "kubectl-otomi")
	text, err := os.ReadFile(filepath.Join(root(t), "examples", "argocd-plugin", "plugin.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	type command struct{ Command, Args []string }
	var plugin struct {
		Spec struct {
			Init, Generate command
			Discover       struct{ FileName string }
		}
	}
	if err := yaml.Unmarshal(text, &plugin); err != nil {
		t.Fatal(err)
	}
	acme := filepath.Join(root(t), "examples", "acme")
	if _, err := os.Stat(filepath.Join(acme, plugin.Spec.Discover.FileName)); err != nil {
		t.Errorf("the plugin does not find a values repo: %v", err)
	}
	t.Setenv("ARGOCD_ENV_CLUSTER", "dev")
	t.Setenv("PATH", filepath.Join(root(t), "bin")+":"+os.Getenv("PATH"))
	take := func(c command) result {
		return run(t, acme, "", c.Command[0], append(c.Command[1:], c.Args...)...)
	}
	if got := take(plugin.Spec.Init); got.code != 0 {
		t.Errorf("init: exit code %d\n%s", got.code, got.stderr)
	}
	got := take(plugin.Spec.Generate)
	want := run(t, root(t), "", filepath.Join(root(t), "bin", "kubectl-otomi"), "template", "-C", "examples/acme", "--cluster", "dev")
	if diff := cmp.Diff(objects(t, want.stdout), objects(t, got.stdout)); got.code != 0 || diff != "" {
		t.Errorf("generate: exit code %d\n%s\nobjects of the plugin and of Argo CD's (-plugin +Argo CD):\n%s", got.code, got.stderr, diff)
	}
}
