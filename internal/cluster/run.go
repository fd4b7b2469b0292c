package cluster

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// run is an apply under way.
type run struct {
	*Client
	plan     *plan.Plan
	options  ApplyOptions
	started  time.Time
	cancel   context.CancelCauseFunc
	halt     context.CancelCauseFunc // ends what is left to do, not what is under way
	requests context.Context         // of requests, which outlive an interruption for a moment
	tracker  *tracker
	events   func(Event)
	telling  sync.Mutex

	lock      sync.Mutex
	announced bool // the inventory has the run already

	outcomes map[object.ID]*outcome
	aborted  error
	laggards []Laggard
	gaveWay  string // who this run ended its wait for
}

// outcome is what became of one action.
type outcome struct {
	action *plan.Action
	status status
	meta   *plan.Meta // as the server answered
	at     time.Time  // when it was first sent
	err    error
	unsure bool // the request may have been carried out although it failed
	done   bool // ready, or gone
	late   bool // not ready in time
	absent bool // deleted on the way to being recreated, or when the hook had run
	task   inventory.Task
	// repeated: a hook that runs twice has begun to run for the second time
	repeated bool
}

// status is how far an action came.
type status uint8

const (
	pending status = iota
	applied
	failed
	skipped
	removed
)

func newRun(c *Client, p *plan.Plan, options ApplyOptions, events func(Event)) *run {
	r := &run{Client: c, plan: p, options: options, started: c.now(), events: events, outcomes: map[object.ID]*outcome{}}
	for i := range p.Actions {
		a := &p.Actions[i]
		r.outcomes[a.ID] = &outcome{action: a}
	}
	return r
}

// idle reports a plan that changes nothing, not even what the inventory says.
func (r *run) idle() bool {
	if r.plan.Destroy {
		return r.plan.Inventory.ResourceVersion == "" // nothing was ever applied, or planned
	}
	if slices.ContainsFunc(r.plan.Actions, r.news) {
		return false
	}
	inv := r.plan.Inventory
	if !inv.Memory.Equal(r.plan.Memory) || len(r.undone(0)) < len(inv.Undone) {
		return false
	}
	last, any := inv.LastRun()
	now := r.options.Run
	return any && inv.State == inventory.Ready && inv.Cluster == r.plan.Cluster && reflect.DeepEqual(last.Overrides, now.Overrides) &&
		last.Revision == now.Revision && last.Dirty == now.Dirty && last.Versions == r.plan.Versions
}

// news reports an action that changes the cluster or what the inventory says.
func (r *run) news(a plan.Action) bool {
	switch {
	case a.Op.Writes(), a.Op == plan.Forget:
		return true
	case a.Hook != nil:
		return a.Entry == nil || a.Entry.Hash != a.Hash
	default:
		return a.Op == plan.Unchanged && r.plan.Observed.Done[a.ID]
	}
}

func (r *run) tell(e Event) {
	if r.events == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	e.Time = r.now()
	if e.Object != nil {
		e.UID = r.uid(*e.Object)
	}
	r.events(e)
}

// uid is that of the object as it is now known in the cluster; empty where it is not there yet.
func (r *run) uid(id object.ID) types.UID {
	r.lock.Lock()
	defer r.lock.Unlock()
	switch o := r.outcomes[id]; {
	case o == nil:
		return ""
	case o.meta != nil:
		return o.meta.UID
	case o.action.Live != nil:
		return o.action.Live.UID
	default:
		return ""
	}
}

func (r *run) tellOf(t EventType, a *plan.Action, message string) {
	r.tell(Event{Type: t, Object: &a.ID, Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, Message: message, Duration: r.since(a.ID)})
}

func (r *run) since(id object.ID) time.Duration {
	r.lock.Lock()
	defer r.lock.Unlock()
	if at := r.outcomes[id].at; !at.IsZero() {
		return r.now().Sub(at)
	}
	return 0
}

// abort ends the run for a reason that concerns all of it.
func (r *run) abort(err error) {
	r.lock.Lock()
	if r.aborted == nil {
		r.aborted = err
	}
	r.lock.Unlock()
	r.cancel(err)
}

// write makes sure that the lock is still ours before a request that changes something, and notices when it is lost meanwhile.
func (r *run) write(ctx context.Context, request func() error) error {
	err := r.options.Lock.Check(ctx)
	if err == nil {
		err = request()
	}
	if lost := r.options.Lock.Err(); err != nil && lost != nil {
		r.abort(lost)
		return lost
	}
	return err
}

// givesWay reports that there is nothing left to send and that somebody else waits for the lock. A run that only waits ends then, and
// at once when the lock is lost.
//
// A run that waits before a later runlevel goes on. The inventory would allow it to end, as after an interruption, but nobody would do
// what it leaves: whoever waits may be about a part of the set, about to be refused, or waiting for an answer that is no, and all of
// that is known only when it has the lock. The set would be half of one revision, under an exit code that says that all is well.
func (r *run) givesWay() bool {
	if err := r.options.Lock.Err(); err != nil {
		r.abort(err)
		return false
	}
	newer := r.options.Lock.Wanted()
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.gaveWay != "" || newer == "" {
		return r.gaveWay != ""
	}
	for _, o := range r.outcomes {
		if o.status == pending && o.action.Op.Writes() || o.status == applied && o.owes() {
			return false
		}
	}
	r.gaveWay = newer
	return true
}

// superseded is who this run gave way to.
func (r *run) superseded() string {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.gaveWay
}

// expired reports a run that has used up its time.
func (r *run) expired() bool {
	return r.options.Timeout > 0 && r.now().Sub(r.started) >= r.options.Timeout
}
