package cluster

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Load reads an inventory; nil when there is none.
func (c *Client) Load(ctx context.Context, ref inventory.Ref) (*inventory.Inventory, error) {
	// A shard that is missing was replaced while we read, if the header has moved on.
	for seen := ""; ; {
		inv, version, err := c.load(ctx, ref)
		if !apierrors.IsNotFound(err) {
			return inv, err
		}
		if version == seen {
			return nil, &inventory.DamagedError{Ref: ref, Cause: err}
		}
		seen = version
	}
}

// load reads an inventory once and says at which version; not found is a shard of it.
func (c *Client) load(ctx context.Context, ref inventory.Ref) (*inventory.Inventory, string, error) {
	var header *corev1.Secret
	err := c.retry(ctx, func() (err error) {
		header, err = c.core.Secrets(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
		return err
	})
	if apierrors.IsNotFound(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read inventory %s: %w", ref, err)
	}
	names, err := inventory.ShardNames(header)
	if err != nil {
		return nil, "", err
	}
	shards := make([]*corev1.Secret, len(names))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.workers)
	for i, name := range names {
		g.Go(func() error {
			return c.retry(ctx, func() (err error) {
				shards[i], err = c.core.Secrets(ref.Namespace).Get(ctx, name, metav1.GetOptions{})
				return err
			})
		})
	}
	if err := g.Wait(); err != nil {
		return nil, header.ResourceVersion, fmt.Errorf("read inventory %s: %w", ref, err)
	}
	inv, err := inventory.Decode(header, shards)
	return inv, header.ResourceVersion, err
}

// save writes the inventory and deletes the shards that it replaces.
func (c *Client) save(ctx context.Context, inv *inventory.Inventory) error {
	var replaced []string
	if len(inv.Shards) > 0 {
		replaced = c.parts(ctx, inv)
	}
	if err := c.put(ctx, inv); err != nil {
		return err
	}
	c.drop(ctx, inv, replaced)
	return nil
}

// put writes the inventory if nobody else has since it was read, and updates its resource version. The new shards go first: the
// header that names them makes them count. The old ones stay.
func (c *Client) put(ctx context.Context, inv *inventory.Inventory) error {
	inv.Generation++
	inv.Updated = c.now().UTC()
	old := inv.Shards
	header, shards, err := inventory.Encode(inv)
	if err != nil {
		return err
	}
	inv.Shards = nil
	for _, s := range shards {
		inv.Shards = append(inv.Shards, s.Name)
		if slices.Contains(old, s.Name) {
			continue
		}
		_, err := c.createSecret(ctx, s)
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("write inventory %s: %w", inv.Ref, err)
		}
	}
	return c.saveHeader(ctx, inv, header)
}

func (c *Client) saveHeader(ctx context.Context, inv *inventory.Inventory, header *corev1.Secret) error {
	secrets := c.core.Secrets(inv.Ref.Namespace)
	var saved *corev1.Secret
	var err error
	if header.ResourceVersion == "" {
		saved, err = c.createSecret(ctx, header)
	} else {
		err = c.retry(ctx, func() (err error) {
			saved, err = secrets.Update(ctx, header, metav1.UpdateOptions{FieldManager: object.FieldManager})
			return err
		})
	}
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || (header.ResourceVersion != "" && apierrors.IsNotFound(err)) {
		// Our own write may have got through although its answer was lost. What is there tells.
		there, getErr := secrets.Get(ctx, header.Name, metav1.GetOptions{})
		if getErr != nil || !sameData(there, header) {
			return &LockedError{Ref: inv.Ref}
		}
		saved, err = there, nil
	}
	if err != nil {
		return fmt.Errorf("write inventory %s: %w", inv.Ref, err)
	}
	inv.ResourceVersion = saved.ResourceVersion
	return nil
}

// createSecret makes a Secret and, when need be, the namespace of inventories.
func (c *Client) createSecret(ctx context.Context, s *corev1.Secret) (made *corev1.Secret, err error) {
	create := func() (err error) {
		made, err = c.core.Secrets(s.Namespace).Create(ctx, s, metav1.CreateOptions{FieldManager: object.FieldManager})
		return err
	}
	if err = c.retry(ctx, create); !apierrors.IsNotFound(err) {
		return made, err
	}
	if err := c.ensureNamespace(ctx, s.Namespace); err != nil {
		return nil, err
	}
	again := func(err error) bool { return transient(err) || unheard(err) }
	return made, backoff(ctx, shortTimeout, again, nil, create)
}

func sameData(a, b *corev1.Secret) bool {
	if len(a.Data) != len(b.Data) {
		return false
	}
	for key, value := range a.Data {
		if !bytes.Equal(value, b.Data[key]) {
			return false
		}
	}
	return true
}

// parts are the Secrets that belong to an inventory besides its header: all that can be listed, and for who may not list them those
// that it names.
func (c *Client) parts(ctx context.Context, inv *inventory.Inventory) []string {
	if names, listed := c.shards(ctx, inv.Ref); listed {
		return names
	}
	return slices.Concat(inv.Shards, inv.Stored.SecretNames())
}

// drop deletes those of the Secrets that the inventory does not name. What it leaves behind the next run finds again.
func (c *Client) drop(ctx context.Context, inv *inventory.Inventory, names []string) {
	keep := slices.Concat(inv.Shards, inv.Stored.SecretNames())
	for _, name := range names {
		if !slices.Contains(keep, name) {
			_ = c.core.Secrets(inv.Ref.Namespace).Delete(ctx, name, metav1.DeleteOptions{})
		}
	}
}

// remove deletes the inventory, if it is still the one that was read.
func (c *Client) remove(ctx context.Context, inv *inventory.Inventory) error {
	if inv.ResourceVersion == "" {
		return nil
	}
	parts := c.parts(ctx, inv)
	if len(parts) > 0 {
		// Emptied first: as long as the header is there the next destroy finds it, and with it what is left of the other Secrets.
		inv.SetEntries(nil)
		inv.Memory, inv.Stored = inventory.Memory{}, inventory.Stored{}
		if err := c.put(ctx, inv); err != nil {
			return err
		}
		c.drop(ctx, inv, parts)
	}
	err := c.retry(ctx, func() error {
		return c.core.Secrets(inv.Ref.Namespace).Delete(ctx, inv.Ref.Name, metav1.DeleteOptions{
			Preconditions: &metav1.Preconditions{ResourceVersion: ptr.To(inv.ResourceVersion)},
		})
	})
	switch {
	case apierrors.IsConflict(err):
		return &LockedError{Ref: inv.Ref}
	case err != nil && !apierrors.IsNotFound(err):
		return fmt.Errorf("delete inventory %s: %w", inv.Ref, err)
	}
	return nil
}

// ensureNamespace makes the namespace of inventories where it is ours to make.
func (c *Client) ensureNamespace(ctx context.Context, name string) error {
	if name != inventory.DefaultNamespace {
		return fmt.Errorf("find namespace %s for the inventory: it does not exist; make it with kubectl create namespace %s, or keep the set elsewhere: --inventory NAMESPACE/NAME", name, name)
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	err := c.retry(ctx, func() error {
		_, err := c.core.Namespaces().Create(ctx, ns, metav1.CreateOptions{FieldManager: object.FieldManager})
		return err
	})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return nil
}
