package cluster

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// announce writes down what the run is about to make before it makes it, so that nothing is ever in the cluster that no
// inventory knows.
func (r *run) announce(ctx context.Context) error {
	inv := r.changing()
	inv.State, inv.Versions = inventory.Applying, r.plan.Versions
	if r.plan.Destroy {
		inv.State, inv.Versions = inventory.Destroying, r.plan.Inventory.Versions
	}
	entries := byID(inv.Entries)
	writes := r.plan.Destroy
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		writes = writes || a.Op.Writes()
		if a.Op.Sends() {
			entries[a.ID] = announced(a)
		}
	}
	if !writes {
		return nil
	}
	inv.SetEntries(slices.Collect(maps.Values(entries)))
	// What an object is about to hold is remembered before it does.
	inv.Memory = inv.Memory.With(r.plan.Memory)
	inv.AddRun(r.record(inv.State))
	inv.Undone = r.owed(inv.Runs[len(inv.Runs)-1].Number)
	err := r.write(ctx, func() error { return r.put(ctx, inv) })
	if err == nil {
		r.announced, r.plan.Inventory.Runs, r.plan.Inventory.Undone = true, inv.Runs, inv.Undone
		r.plan.Inventory.ResourceVersion, r.plan.Inventory.Shards = inv.ResourceVersion, inv.Shards
		r.plan.Inventory.Generation = inv.Generation
	}
	return err
}

// changing is a copy of the inventory with what the run changes in it whatever becomes of it.
func (r *run) changing() *inventory.Inventory {
	inv := r.plan.Inventory.Clone()
	inv.Cluster = r.plan.Cluster
	if r.options.History != nil {
		inv.History = r.options.History
	}
	return inv
}

// record is what the history says of the run, as far as it is known from the beginning.
func (r *run) record(state inventory.State) inventory.Run {
	run := r.options.Run
	run.Started, run.Versions, run.State, run.Narrowed = r.started.UTC(), r.plan.Versions, state, r.plan.Narrowed
	return run
}

// announced is the entry of an object that is about to be sent. What is going to be made has no uid yet; until it has one, our
// label and our field manager prove that it is ours.
func announced(a *plan.Action) inventory.Entry {
	e := described(a)
	switch {
	case a.Op == plan.Create || a.Op == plan.Recreate:
		e.UID, e.Created = "", true
	case a.Entry != nil:
		e.UID, e.Created, e.Hash, e.Ours, e.Others, e.Task = a.Entry.UID, a.Entry.Created, a.Entry.Hash, a.Entry.Ours, a.Entry.Others, a.Entry.Task
		e.UID = a.Live.UID
	default:
		e.UID = a.Live.UID
	}
	if e.Hook {
		e.Task = "" // until it has run, it is owed
	}
	return e
}

func described(a *plan.Action) inventory.Entry {
	e := inventory.Entry{
		ID: a.ID, Version: a.Version, Release: a.Release, Runlevel: a.Runlevel, Source: a.Object.GetAnnotations()[object.SourceKey],
	}
	if e.Hook = a.Hook != nil; e.Hook && a.Hook.Stored() {
		manifest, _ := a.Object.MarshalJSON() // what was parsed from JSON can be written as JSON
		e.Manifest = string(manifest)
	}
	return e
}

func byID(entries []inventory.Entry) map[object.ID]inventory.Entry {
	m := make(map[object.ID]inventory.Entry, len(entries))
	for _, e := range entries {
		m[e.ID] = e
	}
	return m
}

// commit writes down how the run ended; over is the run's own context and says whether it was interrupted. A set that is
// destroyed completely leaves no inventory; one of which a rule keeps something does.
func (r *run) commit(ctx, over context.Context) (*inventory.Inventory, error) {
	if errors.Is(r.failure(over), ErrLocked) {
		return r.plan.Inventory, nil // whoever has the lock now writes the inventory
	}
	inv := r.changing()
	inv.State = r.verdict(over)
	switch whole := r.plan.Destroy && !r.plan.Narrowed; {
	case whole && r.destroyed(over):
		if err := r.write(ctx, func() error { return r.Client.remove(ctx, inv) }); err != nil {
			return inv, err
		}
		return nil, r.options.Lock.end(ctx, true)
	case whole:
		inv.State = inventory.Destroying
	case !r.plan.Destroy:
		inv.Versions = r.plan.Versions
	}
	others, err := r.others(ctx)
	if err != nil {
		// All that is lost is some requests of the next run.
		r.tell(Event{Type: EventWarning, Message: err.Error()})
	}
	inv.SetEntries(r.entries(others))
	inv.Memory = r.plan.Memory
	if !r.clean() {
		inv.Memory = r.plan.Inventory.Memory.With(r.plan.Memory) // what failed may still need it
	}
	run := r.record(r.verdict(over))
	run.Finished, run.Counts = r.now().UTC(), r.counts()
	if r.announced {
		inv.EndRun(run)
	} else {
		inv.AddRun(run)
	}
	inv.Undone = r.undone(inv.Runs[len(inv.Runs)-1].Number)
	there, err := r.store(ctx, inv)
	if err == nil {
		err = r.write(ctx, func() error { return r.put(ctx, inv) })
	}
	if err == nil {
		r.drop(ctx, inv, there)
	}
	return inv, err
}

// destroyed reports that nothing of the set is left that the inventory would have to know of.
func (r *run) destroyed(over context.Context) bool {
	return r.clean() && over.Err() == nil && len(r.plan.Stays()) == 0
}

// entries are what the inventory holds after the run: what this run did not touch as it was, what it applied as it is now.
func (r *run) entries(others map[object.ID]string) []inventory.Entry {
	r.lock.Lock()
	defer r.lock.Unlock()
	entries := byID(r.plan.Inventory.Entries)
	for id, o := range r.outcomes {
		e, keep := r.entry(o)
		if !keep {
			delete(entries, id)
			continue
		}
		if now, seen := others[id]; seen && o.status == applied {
			e.Others = now
		}
		entries[id] = e
	}
	return slices.Collect(maps.Values(entries))
}

func (r *run) entry(o *outcome) (inventory.Entry, bool) {
	a := o.action
	switch {
	case a.Op == plan.Forget, a.Borrowed, a.Record != nil:
		return inventory.Entry{}, false
	case a.Op == plan.Prune:
		return *a.Entry, o.status != removed
	case a.Op.Sends() && o.status == applied:
		return r.half(o, sent(o)), true
	case a.Op.Sends() && o.status == removed: // a hook of a release that is gone
		return inventory.Entry{}, false
	case a.Op.Sends() && (o.unsure || o.absent || a.Hook != nil):
		return r.half(o, announced(a)), true
	case a.Op.Sends():
		if a.Entry == nil {
			return inventory.Entry{}, false
		}
		return *a.Entry, true
	default:
		return r.kept(a), true
	}
}

// half is the entry of a hook that has not come to its second time in this run: the next one begins with the first again. Where the
// release is deleted, it does so only if the first time failed: what has succeeded let the deletion begin.
func (r *run) half(o *outcome, e inventory.Entry) inventory.Entry {
	switch {
	case !o.owes():
	case deletes(o.action) && o.status == applied && (o.done || r.static(o.action)):
		e.Task = ""
	default:
		e.Task = inventory.TaskFailed
	}
	return e
}

// sent is the entry of an object as it was applied.
func sent(o *outcome) inventory.Entry {
	e := described(o.action)
	e.UID, e.Hash, e.Task = o.meta.UID, o.action.Hash, o.task
	if e.Hook && o.done {
		e.Task = inventory.TaskDone
	}
	e.Ours, e.Others = plan.Fingerprints(o.meta.Managers)
	switch o.action.Op {
	case plan.Create, plan.Recreate:
		// Somebody may have been quicker with a namespace, which makes it theirs: it then has managers besides us.
		e.Created = o.action.ID.Kind != "Namespace" || len(o.meta.Managers) == 1
	default:
		e.Created = o.action.Entry != nil && o.action.Entry.Created && o.action.Entry.UID == e.UID
	}
	if o.action.Entry != nil && o.action.Entry.Created && o.action.Entry.UID == "" {
		e.Created = true // announced by a run that did not live to see it made
	}
	return e
}

// kept is the entry of an object that was left alone.
func (r *run) kept(a *plan.Action) inventory.Entry {
	if a.Hook != nil {
		return idle(a)
	}
	if a.Entry == nil {
		e := described(a)
		if a.Live != nil {
			e.UID = a.Live.UID
		}
		return e
	}
	e := *a.Entry
	if a.Object.Unstructured != nil {
		e.Release, e.Runlevel, e.Version = a.Release, a.Runlevel, a.Version
	}
	if r.plan.Observed.Done[a.ID] {
		e.Task = inventory.TaskDone
	}
	return e
}

// idle is the entry of a hook that does not run: nothing is owed.
func idle(a *plan.Action) inventory.Entry {
	e := described(a)
	e.Hash, e.Task = a.Hash, inventory.TaskDone
	switch {
	case a.Entry != nil:
		e.UID, e.Created = a.Entry.UID, a.Entry.Created
	case a.From != plan.Owner{}: // left by the release that is taken over
		e.UID = a.Live.UID
	}
	return e
}

// others reads once more who else has written to what this run applied: controllers and admission had their say while the run
// waited, and what they wrote must not look like news to the next one. One list per kind that was applied.
func (r *run) others(ctx context.Context) (map[object.ID]string, error) {
	kinds := map[schema.GroupKind]map[string]bool{}
	versions := map[schema.GroupKind]string{}
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		if o := r.outcome(a); o.status == applied {
			gk := schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}
			if kinds[gk] == nil {
				kinds[gk] = map[string]bool{}
			}
			kinds[gk][a.ID.Namespace], versions[gk] = true, a.Version
		}
	}
	found := map[object.ID]string{}
	var lock sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.workers)
	for gk, namespaces := range kinds {
		g.Go(func() error {
			s, err := r.kinds.find(ctx, gk, versions[gk])
			if err != nil {
				return err
			}
			return r.each(ctx, s, keys(namespaces), partOf(r.plan.Ref), func(id object.ID, m *metav1.ObjectMeta) {
				_, theirs := plan.Fingerprints(m.ManagedFields)
				lock.Lock()
				defer lock.Unlock()
				found[id] = theirs
			})
		})
	}
	return found, g.Wait()
}
