package cluster

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// Follower keeps the status of a set up to date by watches.
type Follower struct {
	tracker   *tracker
	inventory *inventory.Inventory
	unserved  map[schema.GroupKind]ready.Status // kinds that cannot be watched
	begun     bool                              // the first lists have arrived
	asked     time.Time                         // when what the watches do not show was asked for
	absent    map[object.ID]ObjectStatus        // what came of that
}

// Follow begins to watch the objects of an inventory; the watches end with the context.
func (c *Client) Follow(ctx context.Context, inv *inventory.Inventory) *Follower {
	f := &Follower{tracker: newTracker(ctx, c, inv.Ref), inventory: inv, unserved: map[schema.GroupKind]ready.Status{}}
	c.kinds.reset() // another run may have brought definitions since they were asked for
	f.tracker.describe = func(s served, id object.ID, u *unstructured.Unstructured) ObjectStatus {
		e, ours := inv.Find(id)
		if !ours {
			return ObjectStatus{}
		}
		o := c.describe(s, e, u)
		o.live = nil // the tracker has it
		return o
	}
	for gk, entries := range byKind(inv.Entries) {
		s, err := c.kinds.findAny(ctx, gk, entries[0].Version)
		switch {
		case errors.Is(err, errNoKind):
			f.unserved[gk] = notServed()
		case err != nil:
			f.unserved[gk] = ready.Status{State: ready.Unknown, Reason: err.Error()}
		default:
			f.tracker.follow(s, namespacesOf(entries))
		}
	}
	return f
}

// Changed is closed when something changes after the call.
func (f *Follower) Changed() <-chan struct{} { return f.tracker.next() }

// askAgain is how often objects are asked for that the watches do not show.
const askAgain = 5 * time.Second

// Status is how the objects are now; false while the first lists have not arrived.
func (f *Follower) Status(ctx context.Context) ([]ObjectStatus, bool) {
	t := f.tracker
	all, unseen, complete := f.seen()
	if !complete {
		return nil, false
	}
	if now := t.now(); len(unseen) > 0 && now.Sub(f.asked) >= askAgain {
		f.asked, f.absent = now, f.ask(ctx, unseen)
	}
	for _, e := range unseen {
		o, known := f.absent[e.ID]
		if !known {
			o = gone(e)
		}
		all = append(all, o)
	}
	t.explainAll(ctx, f.inventory, all)
	all = withUndone(f.inventory, all)
	conceal(all)
	slices.SortFunc(all, compareStatus)
	return all, true
}

// seen is what the watches show, what they do not, and whether all of them have begun.
func (f *Follower) seen() (all []ObjectStatus, unseen []inventory.Entry, complete bool) {
	t := f.tracker
	t.lock.Lock()
	defer t.lock.Unlock()
	failed := map[schema.GroupKind]string{}
	for _, k := range t.follows {
		switch {
		case k.failed != nil:
			failed[k.served.kind.GroupKind()] = k.failed.Error()
		case !f.begun && (len(t.seen) > 0 || !k.begun()):
			return nil, nil, false
		}
	}
	f.begun = true
	for _, e := range f.inventory.Entries {
		x, seen := t.objects[e.ID]
		switch why, cannot := f.unserved[e.GroupKind()]; {
		case cannot:
			all = append(all, absent(e, why))
		case !seen && failed[e.GroupKind()] != "":
			all = append(all, absent(e, ready.Status{State: ready.Unknown, Reason: failed[e.GroupKind()]}))
		case !seen || x.status.State == ready.Missing:
			unseen = append(unseen, e)
		case x.description.State == "": // a Job that completed and is gone
			all = append(all, absent(e, x.status))
		default:
			o, s := x.description, t.verdict(e.ID, x)
			o.State, o.Reason, o.live = s.State, s.Reason, x.full
			all = append(all, o)
		}
	}
	return all, unseen, true
}

// begun reports that a list has arrived of every place where the kind is watched; the tracker's lock is held.
func (k *followed) begun() bool {
	if !k.narrow {
		return k.listed[""]
	}
	for ns := range k.namespaces {
		if !k.listed[ns] {
			return false
		}
	}
	return true
}

// ask looks for objects without the set's label.
func (f *Follower) ask(ctx context.Context, entries []inventory.Entry) map[object.ID]ObjectStatus {
	found := map[object.ID]ObjectStatus{}
	for gk, entries := range byKind(missing(entries, nil)) {
		s, err := f.tracker.kinds.findAny(ctx, gk, entries[0].Version)
		if err == nil {
			err = f.tracker.unlabelled(ctx, s, entries, func(u *unstructured.Unstructured) {
				id := s.id(u)
				if e, ours := inventoryEntry(entries, id); ours {
					found[id] = f.tracker.Client.describe(s, e, u)
				}
			})
		}
		if err != nil {
			for _, o := range unknown(entries, err) {
				found[o.ID] = o
			}
		}
	}
	return found
}
