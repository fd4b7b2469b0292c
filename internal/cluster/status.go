package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// ObjectStatus is how one object of a set is.
type ObjectStatus struct {
	ID       object.ID    `json:"object"`
	Release  string       `json:"release,omitempty"`
	Runlevel string       `json:"runlevel,omitempty"`
	Source   string       `json:"source,omitempty"` // the template that made it
	State    ready.State  `json:"state"`
	Reason   string       `json:"reason,omitempty"`
	Created  time.Time    `json:"created,omitzero"`
	Paused   string       `json:"paused,omitempty"` // why it is left alone, from the live object
	Drift    []plan.Drift `json:"drift,omitempty"`  // what others changed since the last run

	live    *unstructured.Unstructured // while it is not ready
	held    []string                   // of a Secret: what must not be shown
	written time.Time                  // by us
}

// Status reports every object of an inventory, in order of runlevel, release and identity. It takes one list per kind, and some
// per namespace in which something is not ready, to say why. Objects of a kind that cannot be read are Unknown; an error
// means that nothing could be.
func (c *Client) Status(ctx context.Context, inv *inventory.Inventory) ([]ObjectStatus, error) {
	kinds := byKind(inv.Entries)
	var lock sync.Mutex
	var failures []error
	all := make([]ObjectStatus, 0, len(inv.Entries))
	var g errgroup.Group
	g.SetLimit(c.workers)
	for _, entries := range kinds {
		g.Go(func() error {
			some, err := c.statusOf(ctx, inv.Ref, entries)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				some, failures = unknown(entries, err), append(failures, err)
			}
			all = append(all, some...)
			return nil
		})
	}
	_ = g.Wait() // errors are gathered above
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read status: %w", err)
	}
	if len(failures) > 0 && len(failures) == len(kinds) {
		return nil, fmt.Errorf("read status: %w", failures[0])
	}
	c.explainAll(ctx, inv, all)
	all = withUndone(inv, all)
	conceal(all)
	slices.SortFunc(all, compareStatus)
	return all, nil
}

func compareStatus(a, b ObjectStatus) int {
	return cmp.Or(cmp.Compare(a.Runlevel, b.Runlevel), cmp.Compare(a.Release, b.Release), a.ID.Compare(b.ID))
}

// explainAll adds causes to what is not ready, and lets go of the objects.
func (c *Client) explainAll(ctx context.Context, inv *inventory.Inventory, all []ObjectStatus) {
	why := newCauses(c)
	var g errgroup.Group
	g.SetLimit(c.workers)
	for i := range all {
		o := &all[i]
		if o.live == nil {
			continue
		}
		g.Go(func() error {
			s := why.explain(ctx, o.live, ready.Status{State: o.State, Reason: o.Reason})
			o.Reason = s.Reason + ofReleases(inv, o.live)
			o.live = nil
			return nil
		})
	}
	_ = g.Wait() // none of them fails
}

func unknown(entries []inventory.Entry, err error) []ObjectStatus {
	all := make([]ObjectStatus, len(entries))
	for i, e := range entries {
		all[i] = absent(e, ready.Status{State: ready.Unknown, Reason: err.Error()})
	}
	return all
}

// statusOf reports the entries of one kind.
func (c *Client) statusOf(ctx context.Context, ref inventory.Ref, entries []inventory.Entry) ([]ObjectStatus, error) {
	s, err := c.kinds.findAny(ctx, entries[0].GroupKind(), entries[0].Version)
	if errors.Is(err, errNoKind) {
		all := make([]ObjectStatus, len(entries))
		for i, e := range entries {
			all[i] = absent(e, notServed())
		}
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	found := map[object.ID]ObjectStatus{}
	take := func(u *unstructured.Unstructured) {
		id := s.id(u)
		if e, ours := inventoryEntry(entries, id); ours {
			found[id] = c.describe(s, e, u)
		}
	}
	if err := c.eachObject(ctx, s, namespacesOf(entries), partOf(ref), take); err != nil {
		return nil, err
	}
	if err := c.unlabelled(ctx, s, missing(entries, found), take); err != nil {
		return nil, err
	}
	all := make([]ObjectStatus, len(entries))
	for i, e := range entries {
		status, seen := found[e.ID]
		if !seen {
			status = gone(e)
		}
		all[i] = status
	}
	return all, nil
}

func byKind(entries []inventory.Entry) map[schema.GroupKind][]inventory.Entry {
	kinds := map[schema.GroupKind][]inventory.Entry{}
	for _, e := range entries {
		kinds[e.GroupKind()] = append(kinds[e.GroupKind()], e)
	}
	return kinds
}

func namespacesOf(entries []inventory.Entry) []string {
	namespaces := map[string]bool{}
	for _, e := range entries {
		namespaces[e.Namespace] = true
	}
	return keys(namespaces)
}

func inventoryEntry(entries []inventory.Entry, id object.ID) (inventory.Entry, bool) {
	at, found := slices.BinarySearchFunc(entries, id, func(e inventory.Entry, id object.ID) int { return e.Compare(id) })
	if !found {
		return inventory.Entry{}, false
	}
	return entries[at], true
}

func missing(entries []inventory.Entry, found map[object.ID]ObjectStatus) []inventory.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e inventory.Entry) bool {
		_, seen := found[e.ID]
		return seen || e.Task == inventory.TaskDone
	})
}

// unlabelled looks for objects that do not carry the set's label: somebody may have taken it off, or they are gone. Where there
// are many in a namespace, a list of names tells which of them are worth asking for.
func (c *Client) unlabelled(ctx context.Context, s served, entries []inventory.Entry, take func(*unstructured.Unstructured)) error {
	byNamespace := map[string][]object.ID{}
	for _, e := range entries {
		byNamespace[e.Namespace] = append(byNamespace[e.Namespace], e.ID)
	}
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		ids := byNamespace[namespace]
		if len(ids) >= manyMissing {
			there := map[object.ID]bool{}
			err := c.eachIn(ctx, s, namespace, "", func(id object.ID, _ *metav1.ObjectMeta) { there[id] = true })
			if err != nil {
				return err
			}
			ids = slices.DeleteFunc(ids, func(id object.ID) bool { return !there[id] })
		}
		for _, id := range ids {
			u, err := c.getObject(ctx, s, id)
			if err != nil {
				return err
			}
			if u != nil {
				take(u)
			}
		}
	}
	return nil
}

// describe is the status of an object that exists.
func (c *Client) describe(s served, e inventory.Entry, u *unstructured.Unstructured) ObjectStatus {
	o := absent(e, c.judge(s, u, c.now()))
	if e.Hook && e.Task == inventory.TaskDone && e.Kind == "Job" {
		o.State, o.Reason = ready.Ready, "a hook of which nothing is owed"
	}
	o.Created = u.GetCreationTimestamp().Time
	o.Paused, _ = plan.Paused(u.GetAnnotations())
	if isSecret(u) {
		o.held = secretData(u)
	}
	o.Drift, o.written = plan.Drifted(e, u.GetUID(), u.GetManagedFields()), plan.Written(u.GetManagedFields())
	if o.State != ready.Ready {
		u.SetManagedFields(nil)
		o.live = u
	}
	return o
}

// gone is the status of an object that does not exist.
func gone(e inventory.Entry) ObjectStatus {
	switch {
	case e.Task == inventory.TaskDone:
		return absent(e, ready.Status{State: ready.Ready, Reason: "ran and was cleaned up"})
	case e.UID == "":
		return absent(e, ready.Status{State: ready.Missing, Reason: "not made yet"})
	case e.Hook:
		return absent(e, ready.Status{State: ready.Missing, Reason: "its object was deleted, and the hook is still owed: the next run runs it"})
	default:
		return absent(e, ready.Status{State: ready.Missing, Reason: "deleted since the last run"})
	}
}

func notServed() ready.Status {
	return ready.Status{State: ready.Missing, Reason: "its kind is not served"}
}

func absent(e inventory.Entry, s ready.Status) ObjectStatus {
	return ObjectStatus{ID: e.ID, Release: e.Release, Runlevel: e.Runlevel, Source: e.Source, State: s.State, Reason: s.Reason}
}
