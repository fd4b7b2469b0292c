package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestInventoryShowHides: manifests of hooks, what charts remember, keys and stored sets are in no output.
func TestInventoryShowHides(t *testing.T) {
	const secret = "correct horse"
	inv := inventory.New(inventory.Ref{Namespace: "a", Name: "b"}, inventory.Cluster{Name: "c"})
	inv.Entries = []inventory.Entry{{
		ID: object.ID{Kind: "ConfigMap", Namespace: "a", Name: "hook"}, Hook: true, Manifest: secret,
	}}
	inv.Memory = inventory.Memory{Salt: []byte(secret), Values: []inventory.Remembered{{Value: secret, Key: secret}}}
	inv.PlanKey = []byte(secret)
	inv.Stored.Packs = []inventory.Pack{{}}
	for _, format := range []string{"json", "yaml", "table", "wide"} {
		var out bytes.Buffer
		a := &app{output: format}
		a.Out = &out
		if err := a.showInventory(inv); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if !strings.Contains(text, "hook") {
			t.Errorf("-o %s does not show the object:\n%s", format, text)
		}
		for _, never := range []string{secret, "manifest", "memory", "stored", "planKey", "Y29ycmVjdCBob3JzZQ"} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(never)) {
				t.Errorf("-o %s shows %s:\n%s", format, never, text)
			}
		}
	}
	if inv.Entries[0].Manifest != secret {
		t.Error("what is shown changed the inventory")
	}
}
