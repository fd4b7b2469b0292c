package apply

import (
	"strings"
	"testing"
)

// TestOtherSource: given manifests are not applied onto the set of a values repo, which would delete all of it, and a values repo
// is not applied onto a set of given manifests.
func TestOtherSource(t *testing.T) {
	const name = "source"
	e := newPlanEnv(t, name)
	e.otomi(0, "apply", "--yes")
	e.write("-- x.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: " + name + "}\n")
	for _, command := range [][]string{{"apply", "--yes"}, {"apply", "--dry-run=client"}, {"diff"}} {
		r := e.otomi(6, append(command, "-f", "x.yaml", "--inventory", name)...)
		if !strings.Contains(r.stderr, "other-source: inventory otomi-system/source is that of a values repo") || !strings.Contains(r.stderr, "another --inventory") {
			t.Errorf("%v of manifests onto the set of a values repo says\n%s", command, r.stderr)
		}
	}
	e.otomi(0, "apply", "--yes", "-f", "x.yaml", "--inventory", name+"-x")
	e.write("-- otomi.yaml --\n" + strings.Replace(e.read("otomi.yaml"), "spec:\n", "spec:\n  inventory: "+name+"-x\n", 1))
	if r := e.otomi(6, "apply", "--yes"); !strings.Contains(r.stderr, "other-source: inventory otomi-system/source-x is that of manifests given with -f or -k") {
		t.Errorf("apply of a values repo onto a set of manifests says\n%s", r.stderr)
	}
	e.otomi(0, "destroy", "--yes", "--inventory", name+"-x")
	e.otomi(0, "destroy", "--yes", "--inventory", name)
}
