package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// ObjectStatus is how one object of a set is.
type ObjectStatus struct {
	ID       object.ID     `json:"object"`
	Release  string        `json:"release,omitempty"`
	Runlevel string        `json:"runlevel,omitempty"`
	State    ready.State   `json:"state"`
	Reason   string        `json:"reason,omitempty"`
	Age      time.Duration `json:"-"` // since it was created; 0 when it does not exist
	Created  time.Time     `json:"created,omitzero"`
}

// Status reports every object of an inventory, in order of runlevel, release and identity. It takes one list per kind, and some
// per namespace in which something is not ready, to say why.
func (c *Client) Status(ctx context.Context, inv *inventory.Inventory) ([]ObjectStatus, error) {
	why := newCauses(c)
	byKind := map[schema.GroupKind][]inventory.Entry{}
	for _, e := range inv.Entries {
		byKind[e.GroupKind()] = append(byKind[e.GroupKind()], e)
	}
	var lock sync.Mutex
	all := make([]ObjectStatus, 0, len(inv.Entries))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.workers)
	for _, entries := range byKind {
		g.Go(func() error {
			some, err := c.statusOf(ctx, why, inv.Ref, entries)
			lock.Lock()
			defer lock.Unlock()
			all = append(all, some...)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("read status: %w", err)
	}
	slices.SortFunc(all, func(a, b ObjectStatus) int {
		return cmp.Or(cmp.Compare(a.Runlevel, b.Runlevel), cmp.Compare(a.Release, b.Release), a.ID.Compare(b.ID))
	})
	return all, nil
}

// statusOf reports the entries of one kind.
func (c *Client) statusOf(ctx context.Context, why *causes, ref inventory.Ref, entries []inventory.Entry) ([]ObjectStatus, error) {
	s, err := c.kinds.findAny(ctx, entries[0].GroupKind(), entries[0].Version)
	if errors.Is(err, errNoKind) {
		var all []ObjectStatus
		for _, e := range entries {
			all = append(all, statusOf(e, ready.Status{State: ready.Missing, Reason: "its kind is not served"}))
		}
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	namespaces, found := map[string]bool{}, map[object.ID]ObjectStatus{}
	for _, e := range entries {
		namespaces[e.Namespace] = true
	}
	err = c.eachObject(ctx, s, keys(namespaces), partOf(ref), func(u *unstructured.Unstructured) {
		id := object.ID{Group: s.kind.Group, Kind: s.kind.Kind, Namespace: u.GetNamespace(), Name: u.GetName()}
		if e, ours := inventoryEntry(entries, id); ours {
			found[id] = c.describe(ctx, why, s, e, u)
		}
	})
	if err != nil {
		return nil, err
	}
	var all []ObjectStatus
	for _, e := range entries {
		status, seen := found[e.ID]
		if !seen {
			if status, err = c.unlabelled(ctx, why, s, e); err != nil {
				return nil, err
			}
		}
		all = append(all, status)
	}
	return all, nil
}

func inventoryEntry(entries []inventory.Entry, id object.ID) (inventory.Entry, bool) {
	at, found := slices.BinarySearchFunc(entries, id, func(e inventory.Entry, id object.ID) int { return e.Compare(id) })
	if !found {
		return inventory.Entry{}, false
	}
	return entries[at], true
}

// unlabelled reports an object that does not carry the set's label: it is gone, or somebody took the label off.
func (c *Client) unlabelled(ctx context.Context, why *causes, s served, e inventory.Entry) (ObjectStatus, error) {
	if e.Task == inventory.TaskDone {
		return statusOf(e, ready.Status{State: ready.Ready, Reason: "ran and was cleaned up"}), nil
	}
	u, err := c.dynamic.Resource(s.resource).Namespace(e.Namespace).Get(ctx, e.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return statusOf(e, ready.Compute(nil, c.now())), nil
	}
	if err != nil {
		return ObjectStatus{}, err
	}
	return c.describe(ctx, why, s, e, u), nil
}

func (c *Client) describe(ctx context.Context, why *causes, s served, e inventory.Entry, u *unstructured.Unstructured) ObjectStatus {
	now := c.now()
	status := statusOf(e, why.explain(ctx, u, judge(s, u, now)))
	status.Created = u.GetCreationTimestamp().Time
	status.Age = now.Sub(status.Created)
	return status
}

func statusOf(e inventory.Entry, s ready.Status) ObjectStatus {
	return ObjectStatus{ID: e.ID, Release: e.Release, Runlevel: e.Runlevel, State: s.State, Reason: s.Reason}
}
