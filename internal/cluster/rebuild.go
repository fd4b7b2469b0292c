package cluster

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// Rebuilt is an inventory made of what the cluster holds, which nobody has written yet.
type Rebuilt struct {
	Inventory *inventory.Inventory
	Forbidden []string // resources that may not be listed: what the set has of them is not in the inventory
}

// Rebuild makes the inventory of a set from the objects that carry its label and were applied by us. They have no content hash: the
// next apply sends each of them once, which changes nothing where nothing is to be changed. What can still be read of the old
// inventory is kept, but for its entries. It writes nothing.
func (c *Client) Rebuild(ctx context.Context, ref inventory.Ref) (*Rebuilt, error) {
	inv, err := c.salvage(ctx, ref)
	if err != nil {
		return nil, err
	}
	c.kinds.reset()
	all, err := c.kinds.all(ctx)
	if err != nil {
		return nil, err
	}
	if silent := c.kinds.silent(); len(silent) > 0 {
		return nil, fmt.Errorf("rebuild inventory %s: the API groups %v do not answer; what the set has of them cannot be found", ref, silent)
	}
	var lock sync.Mutex
	built := &Rebuilt{Inventory: inv}
	var entries []inventory.Entry
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(c.workers)
	for _, s := range all {
		if !s.can("list", "patch") || projected(s.kind.GroupKind()) {
			continue
		}
		g.Go(func() error {
			err := c.each(gctx, s, []string{ref.Namespace}, partOf(ref), func(id object.ID, m *metav1.ObjectMeta) {
				if e, is := entryOf(ref, s, id, m); is {
					lock.Lock()
					defer lock.Unlock()
					entries = append(entries, e)
				}
			})
			if apierrors.IsForbidden(err) {
				lock.Lock()
				defer lock.Unlock()
				built.Forbidden = append(built.Forbidden, s.resource.GroupResource().String())
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("rebuild inventory %s: %w", ref, err)
	}
	if err := c.tasksDone(ctx, ref, entries); err != nil {
		return nil, fmt.Errorf("rebuild inventory %s: %w", ref, err)
	}
	slices.Sort(built.Forbidden)
	inv.SetEntries(entries)
	return built, nil
}

// tasksDone marks the tasks whose Jobs are complete, so that they count as done when the Jobs are cleaned up later.
func (c *Client) tasksDone(ctx context.Context, ref inventory.Ref, entries []inventory.Entry) error {
	kind := schema.GroupKind{Group: "batch", Kind: "Job"}
	jobs := map[types.UID]*inventory.Entry{}
	for i, e := range entries {
		if e.GroupKind() == kind {
			jobs[e.UID] = &entries[i]
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	s, err := c.kinds.find(ctx, kind, "v1")
	if err != nil {
		return err
	}
	return c.eachObject(ctx, s, []string{ref.Namespace}, partOf(ref), func(u *unstructured.Unstructured) {
		e := jobs[u.GetUID()]
		if e != nil && u.GetAnnotations()[object.TaskKey] != "" && ready.Compute(u, c.now()).State == ready.Ready {
			e.Task = inventory.TaskDone
		}
	})
}

// salvage reads what there is of an inventory, whole or damaged.
func (c *Client) salvage(ctx context.Context, ref inventory.Ref) (*inventory.Inventory, error) {
	header, err := c.core.Secrets(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return inventory.Salvage(ref, nil, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("read inventory %s: %w", ref, err)
	}
	found := map[string]*corev1.Secret{}
	names, err := inventory.ShardNames(header)
	if err != nil {
		names = nil // Salvage says what is wrong
	}
	for _, name := range names {
		shard, err := c.core.Secrets(ref.Namespace).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, fmt.Errorf("read inventory %s: %w", ref, err)
		default:
			found[name] = shard
		}
	}
	return inventory.Salvage(ref, header, found)
}

// entryOf is the entry of an object that the set applied. Controllers copy labels to what they make, such as a Service's to its
// EndpointSlices: that is theirs.
func entryOf(ref inventory.Ref, s served, id object.ID, m *metav1.ObjectMeta) (inventory.Entry, bool) {
	at := slices.IndexFunc(m.ManagedFields, func(f metav1.ManagedFieldsEntry) bool {
		return f.Manager == object.FieldManager && f.Operation == metav1.ManagedFieldsOperationApply
	})
	controlled := slices.ContainsFunc(m.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Controller != nil && *o.Controller })
	if at < 0 || controlled || !plan.WroteMark(plan.MetaOf(m)) || m.Labels[object.LabelPartOf] != ref.SetID() {
		return inventory.Entry{}, false
	}
	version := s.kind.Version
	if gv, err := schema.ParseGroupVersion(m.ManagedFields[at].APIVersion); err == nil {
		version = gv.Version
	}
	return inventory.Entry{
		ID: id, Version: version, UID: m.UID,
		Release: m.Labels[object.LabelRelease], Runlevel: m.Annotations[object.RunlevelKey], Source: m.Annotations[object.SourceKey],
		// Whether the set made a namespace or took it over nobody knows any more: destroy leaves it.
		Created: id.Kind != "Namespace",
	}, true
}

// Write writes an inventory under a lock, if nobody else has since it was read.
func (c *Client) Write(ctx context.Context, lock *Lock, inv *inventory.Inventory) error {
	if err := lock.Check(ctx); err != nil {
		return err
	}
	return c.save(fenced(ctx, lock), inv)
}
