package main

import (
	"context"
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
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
		for key, value := range u.GetAnnotations() {
			if instructs(key) {
				continue
			}
			texts = append(texts, leaves(map[string]any{"annotation": value})...)
		}
	}
	a.hidden.add(texts, public)
}

// instructs reports an annotation that says how the object is applied: it is part of what is told about it, and of every place in a
// template. Why an object is paused is for people to write.
func instructs(key string) bool {
	return (strings.HasPrefix(key, "otomi.io/") || strings.HasPrefix(key, "helm.sh/")) && key != plan.PausedKey
}

// hideSet keeps out of all that is said what the cluster knows to be secret in a set: whoever destroys it may have no keys that
// would tell, and people, controllers and the API server may quote it.
func (a *app) hideSet(ctx context.Context, client *cluster.Client, inv *inventory.Inventory) {
	held, texts := client.Secrets(ctx, inv, func(object.ID) bool { return true })
	var secrets []object.Object
	for _, u := range held {
		secrets = append(secrets, object.Object{Unstructured: u})
	}
	var public []string
	for _, e := range inv.Entries {
		public = append(public, e.Name, e.Namespace, e.Kind)
	}
	a.hidden.add(append(texts, secretTexts(secrets)...), public)
}
