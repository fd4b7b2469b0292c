package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// known is what tells a diff's secrets besides the objects that change: the Secrets of the set as they are in the cluster,
// whatever the plan does with them, and as the stored runs had them, and the secrets that were stored with the changed
// objects. Another object may hold a password that its Secret has lost. What may not be read, or is damaged, tells nothing.
func (c *Client) known(ctx context.Context, inv *inventory.Inventory, changed []*plan.Action) (secrets []*unstructured.Unstructured, texts []string) {
	if len(changed) == 0 {
		return nil, nil
	}
	about := make(map[object.ID]bool, len(changed))
	for _, a := range changed {
		about[a.ID] = true
	}
	return c.Secrets(ctx, inv, func(id object.ID) bool { return about[id] })
}

// Secrets are the Secrets of a set as they are in the cluster and as the stored runs had them, and the secrets that were stored
// with some objects. What may not be read, or is damaged, tells nothing.
func (c *Client) Secrets(ctx context.Context, inv *inventory.Inventory, about func(object.ID) bool) (secrets []*unstructured.Unstructured, texts []string) {
	if live, err := c.Live(ctx, inv)("v1", "Secret"); err == nil {
		secrets = live
	}
	archive, err := c.Archive(ctx, inv)
	if err != nil {
		return secrets, nil
	}
	versions, err := archive.Versions(func(id object.ID) bool { return id.Kind == "Secret" && id.Group == "" || about(id) })
	if err != nil {
		return secrets, nil
	}
	for _, v := range versions {
		if u := (&unstructured.Unstructured{Object: v.Object}); isSecret(u) {
			secrets = append(secrets, u)
		}
		texts = append(texts, v.Secrets...)
	}
	return secrets, texts
}
