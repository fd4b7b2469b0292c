package main

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// hideHooks keeps out of all that is said what the hooks hold that an inventory stores: they run without the keys that would tell
// which of it is secret.
func (a *app) hideHooks(inv *inventory.Inventory) {
	if inv == nil {
		return
	}
	var texts, public []string
	for _, e := range inv.Entries {
		u := &unstructured.Unstructured{}
		if e.Manifest == "" || json.Unmarshal([]byte(e.Manifest), &u.Object) != nil {
			continue
		}
		hook := []object.Object{{Unstructured: u}}
		texts, public = append(append(texts, secretTexts(hook)...), leaves(u.Object)...), append(public, names(hook)...)
		for _, value := range u.GetAnnotations() {
			texts = append(texts, leaves(map[string]any{"annotation": value})...)
		}
	}
	a.hidden.add(texts, public)
}
