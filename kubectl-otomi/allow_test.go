package main

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestRecreated: what --recreate names is found as people call it, and a name that nothing has is a mistake.
func TestRecreated(t *testing.T) {
	objects, findings := object.Parse("web.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: frozen, namespace: web}\n"))
	if err := findings.Err(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cm/frozen", "ConfigMap/web/frozen", "configmaps/frozen"} {
		if ids, err := recreated([]string{name}, objects); err != nil || len(ids) != 1 || ids[0] != objects[0].ID() {
			t.Errorf("recreated(%s) = %v, %v, want %s", name, ids, err, objects[0].ID())
		}
	}
	for name, want := range map[string]string{"cm/frosen": `did you mean ConfigMap/web/frozen?`, "frozen": "want KIND/NAME"} {
		if _, err := recreated([]string{name}, objects); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("recreated(%s) = %v, want it to say %s", name, err, want)
		}
	}
}
