package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Archive reads the log of an inventory's stored sets. What is in a set it reads when asked for it.
func (c *Client) Archive(ctx context.Context, inv *inventory.Inventory) (*inventory.Archive, error) {
	return inventory.Open(inv, func(names []string) ([]*corev1.Secret, error) {
		secrets := make([]*corev1.Secret, len(names))
		for i, name := range names {
			err := c.retry(ctx, func() (err error) {
				secrets[i], err = c.core.Secrets(inv.Ref.Namespace).Get(ctx, name, metav1.GetOptions{})
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return secrets, nil
	})
}

// store keeps the set that the run, the inventory's last, was to leave. The Secrets are written before the inventory that names
// them: what a crash leaves behind is not named, and the next run deletes it. A set that cannot be stored fails no run: the
// history says why there is no way back to it. It returns the Secrets that belonged to the inventory before: those that it does not
// name any more are to be deleted when it is written.
func (r *run) store(ctx context.Context, inv *inventory.Inventory) (there []string, err error) {
	this := &inv.Runs[len(inv.Runs)-1]
	old, keep, listed := inv.Stored, inv.Kept(), false
	if stores := !r.plan.Destroy && keep > 0; stores || len(inv.Shards)+len(old.SecretNames()) > 0 {
		if there, listed = r.shards(ctx, inv.Ref); !listed {
			there = slices.Concat(inv.Shards, old.SecretNames())
		}
	}
	switch {
	case r.plan.Destroy:
		this.Unstored = "it deleted the set"
		return there, nil
	case keep == 0:
		this.Unstored, inv.Stored = "history is off (spec.history: 0)", inventory.Stored{}
		return there, nil
	}
	if missing := slices.DeleteFunc(old.SecretNames(), func(name string) bool { return !listed || slices.Contains(there, name) }); len(missing) > 0 {
		r.tell(Event{Type: EventWarning, Message: fmt.Sprintf("earlier runs cannot be rolled back to any more: Secret %s is missing", missing[0])})
		inv.Stored = inventory.Stored{}
	}
	stored, secrets, err := r.rendered(ctx, inv, keep)
	for _, s := range secrets {
		if err != nil {
			break
		}
		if err = r.write(ctx, func() error { _, err := r.createSecret(ctx, s); return err }); apierrors.IsAlreadyExists(err) {
			err = nil
		}
	}
	switch {
	case errors.Is(err, ErrLocked):
		return nil, err
	case err != nil:
		this.Unstored = "it could not be stored: " + err.Error()
		r.tell(Event{Type: EventWarning, Message: fmt.Sprintf("run %d cannot be rolled back to: %s", this.Number, this.Unstored)})
		return there, nil //nolint:nilerr // it is told, and written down
	}
	inv.Stored = stored
	return there, nil
}

// shards are the Secrets that belong to an inventory, named in it or left over; false: they cannot be listed.
func (c *Client) shards(ctx context.Context, ref inventory.Ref) ([]string, bool) {
	list, err := c.metadata.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).Namespace(ref.Namespace).
		List(ctx, metav1.ListOptions{LabelSelector: inventory.LabelShardOf + "=" + ref.SetID()})
	if err != nil {
		return nil, false
	}
	var names []string
	for _, s := range list.Items {
		names = append(names, s.Name)
	}
	return names, true
}

// rendered adds the run's set to those that are stored. Where these are damaged it is the first of new ones.
func (r *run) rendered(ctx context.Context, inv *inventory.Inventory, keep int) (inventory.Stored, []*corev1.Secret, error) {
	this := inv.Runs[len(inv.Runs)-1]
	archive, err := r.Archive(ctx, inv)
	var damaged *inventory.DamagedError
	if apierrors.IsNotFound(err) || errors.As(err, &damaged) {
		r.tell(Event{Type: EventWarning, Message: fmt.Sprintf("earlier runs cannot be rolled back to any more: %v", err)})
		inv.Stored = inventory.Stored{}
		archive, err = r.Archive(ctx, inv)
	}
	if err != nil {
		return inventory.Stored{}, nil, err
	}
	last := archive.Last()
	if newest := inv.Stored.Restorable(); len(newest) == 0 || newest[len(newest)-1].Run != this.Number-1 {
		last = current(last, inv.Entries)
	}
	set := r.plan.Rendered(inv.Entries, last)
	set.Run, set.Memory, set.Hides = this.Number, inv.Memory, r.options.Hides
	return archive.Add(set, keep)
}

// current are the items of a set that the objects in the cluster still have the content of: a run between may have changed
// others, and was not stored.
func current(items []inventory.Item, entries []inventory.Entry) []inventory.Item {
	hashes := make(map[object.ID]string, len(entries))
	for _, e := range entries {
		hashes[e.ID] = e.Hash
	}
	return slices.DeleteFunc(items, func(i inventory.Item) bool { return hashes[i.ID] != i.Digest })
}
