package apply

import (
	"strings"
	"testing"
)

// TestDestroyPlanFile: a destroy can be agreed to before, and is not carried out when the cluster has changed since; a plan of an
// apply is none of a destroy.
func TestDestroyPlanFile(t *testing.T) {
	const name = "destroyplan"
	e := newPlanEnv(t, name)
	e.otomi(0, "apply", "--yes")
	if r := e.otomi(0, "destroy", "--plan-out", "plan.yaml"); !strings.Contains(r.stdout, "3 to prune") {
		t.Errorf("destroy --plan-out says\n%s%s", r.stdout, r.stderr)
	}
	e.lacks(e.read("plan.yaml"))
	if e.gone("-n", name, "configmap", "config") {
		t.Error("destroy --plan-out has deleted something")
	}
	e.otomi(2, "destroy", "--plan-out", "other.yaml", "--plan", "plan.yaml")
	e.kubectl("-n", name, "patch", "configmap", "config", "--type=merge", "-p", `{"data":{"greeting":"by hand"}}`)
	if r := e.otomi(6, "destroy", "--plan", "plan.yaml"); !strings.Contains(r.stderr, "ConfigMap/destroyplan/config: the cluster changed: somebody has written to it since") {
		t.Errorf("destroy --plan after a change says\n%s", r.stderr)
	}
	e.otomi(0, "apply", "--plan-out", "apply.yaml")
	if r := e.otomi(6, "destroy", "--plan", "apply.yaml"); !strings.Contains(r.stderr, "the whole set to be destroyed") {
		t.Errorf("destroy --plan of a plan of apply says\n%s", r.stderr)
	}
	e.otomi(0, "destroy", "--plan-out", "plan.yaml")
	e.otomi(0, "destroy", "--plan", "plan.yaml")
	if !e.gone("ns", name) {
		t.Error("destroy --plan has left the namespace")
	}
	// Of a set that there is not, no plan can be carried out or saved.
	for _, inventory := range []string{name, "never-applied"} {
		if r := e.otomi(6, "destroy", "--inventory", inventory, "--plan", "plan.yaml"); !strings.Contains(r.stderr, "nothing was applied as otomi-system/"+inventory) {
			t.Errorf("destroy --plan of %s, where nothing is, says\n%s", inventory, r.stderr)
		}
		if r := e.otomi(1, "destroy", "--inventory", inventory, "--plan-out", "none.yaml"); !strings.Contains(r.stderr, "nothing was applied under this name") {
			t.Errorf("destroy --plan-out of %s, where nothing is, says\n%s", inventory, r.stderr)
		}
	}
}
