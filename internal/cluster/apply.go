package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// Gate is what a runlevel waits for before the next one begins.
type Gate string

// The gates.
const (
	GateChanged Gate = "changed" // what this run created or changed; the default
	GateAll     Gate = "all"     // everything in the runlevel
	GateNone    Gate = "none"    // nothing: order only, and no wait at the end
)

// ApplyOptions are how a plan is carried out. Zero durations mean the defaults given.
type ApplyOptions struct {
	Lock *Lock         // checked before every write; nil: no lock
	Run  inventory.Run // who, what, revision; the rest is filled in
	// History is how many runs' sets are stored for a rollback; nil: as before. Hides finds the texts in an object that must not
	// be shown, also after a rollback.
	History        *int
	Hides          func(object map[string]any) []string
	Gate           Gate
	Force          bool          // take fields over from any manager
	FailFast       bool          // send nothing more after the first failure
	Timeout        time.Duration // of the whole run; 0: none
	ReleaseTimeout time.Duration // of waiting for an object whose release names none; 10 min
	RetryTimeout   time.Duration // of repeating a request that fails in a passing way; 2 min
	FailedHold     time.Duration // how long Failed has to last before it is believed; 10 s
}

func (o ApplyOptions) withDefaults() ApplyOptions {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.ReleaseTimeout, 10 * time.Minute}, {&o.RetryTimeout, 2 * time.Minute}, {&o.FailedHold, 10 * time.Second}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.Gate == "" {
		o.Gate = GateChanged
	}
	return o
}

// Result is what came of a run.
type Result struct {
	State     inventory.State
	Counts    map[string]int       // created, updated, adopted, recreated, unchanged, kept, pruned, failed, skipped
	Inventory *inventory.Inventory // as written; nil after a complete destroy
	// Superseded is who the run gave way to: it had sent everything, and what it sent may not be ready. Empty: it did not.
	Superseded string
}

// linger is how long requests under way may take to end after an interruption.
const linger = 10 * time.Second

// errSilent is why a run ends that has used up its time and waits for an answer still.
var errSilent = fmt.Errorf("%w: the run's time was up, and the API server did not answer", ErrNotReady)

// Apply carries a plan out and records it in the inventory. Events are told one at a time; the function must not block for
// long and may be nil. The error joins everything that went wrong: diag.Findings for objects that the server refused,
// *plan.Problems for fields of other managers, *NotReadyError, *LockedError, context.Canceled after an interruption.
func (c *Client) Apply(ctx context.Context, p *plan.Plan, options ApplyOptions, events func(Event)) (*Result, error) {
	r := newRun(c, p, options.withDefaults(), events)
	if r.idle() {
		return r.result(p.Inventory.State, p.Inventory), nil
	}
	ctx, cancel := context.WithCancelCause(fenced(ctx, options.Lock))
	defer cancel(nil)
	r.cancel = cancel
	requests, stop := lingering(ctx)
	defer stop()
	r.requests = requests
	overdue := r.bound(stop)
	defer overdue()
	g, err := newGraph(p, r.options.Gate)
	if err != nil {
		return r.result(p.Inventory.State, p.Inventory), err
	}
	if err := r.announce(requests); err != nil {
		return r.result(p.Inventory.State, p.Inventory), err
	}
	r.tell(Event{Type: EventStarted, Counts: opCounts(p.Counts())})
	r.work(ctx, g)
	overdue()
	// What was stuck when the run was interrupted has used up its time. To write down how far it came gets its own.
	writing, stop := r.closing(ctx)
	defer stop()
	inv, err := r.commit(writing, ctx)
	state, failure := r.verdict(ctx), r.failure(ctx)
	switch {
	case errors.Is(failure, ErrLocked):
		inv, err = r.written(), nil // whoever has the lock next writes the inventory
		state = inv.State
	case err != nil:
		inv = r.written()
		state, err = inv.State, unrecorded(inv, err)
	}
	r.tell(Event{Type: EventFinished, Counts: r.counts(), Message: string(state)})
	return r.result(state, inv), errors.Join(failure, err)
}

// written is the inventory as this run wrote it last.
func (r *run) written() *inventory.Inventory {
	inv := r.plan.Inventory.Clone()
	if last, any := inv.LastRun(); r.announced && any {
		inv.State = last.State
	}
	return inv
}

// unrecorded says that the end of a run is not written down, and what comes of that. The lock may not have been given back either.
func unrecorded(inv *inventory.Inventory, err error) error {
	if errors.Is(err, ErrLocked) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("the server did not answer in time")
	}
	return fmt.Errorf("record how the run ended in inventory %s: %w; it says %s still, and the lock may be held until it expires: "+
		"the next run waits for that, finds out what is in the cluster, and goes on", inv.Ref, err, inv.State)
}

// lingering is a context for requests: it ends some time after the given one, so that what was begun can end.
func lingering(ctx context.Context) (context.Context, context.CancelFunc) {
	requests, stop := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(linger, stop) })
	return requests, stop
}

// bound ends the run some time after its own is up, when all there is to wait for are answers, until it is told that it has ended.
func (r *run) bound(stop func()) (ended func()) {
	if r.options.Timeout <= 0 {
		return func() {}
	}
	t := time.AfterFunc(r.options.Timeout+linger, func() {
		r.abort(errSilent)
		stop()
	})
	return func() { t.Stop() }
}

// closing is a context for what is written at the end: it ends some time after the given one, and after the run's time.
func (r *run) closing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := lingering(ctx)
	if r.options.Timeout <= 0 {
		return ctx, stop
	}
	left := r.options.Timeout - r.now().Sub(r.started)
	t := time.AfterFunc(max(left, 0)+linger, stop)
	return ctx, func() { t.Stop(); stop() }
}

func (r *run) work(ctx context.Context, g *graph) {
	ctx, r.halt = context.WithCancelCause(ctx)
	defer r.halt(nil)
	following, stop := context.WithCancel(r.requests)
	defer stop()
	r.tracker = newTracker(following, r.Client, r.plan.Ref)
	r.markFormers(ctx)
	r.execute(ctx, g)
	if r.clean() {
		r.prune(ctx)
		r.finishAdoption(ctx)
	}
}

// clean reports that everything was applied and what had to be ready is.
func (r *run) clean() bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, o := range r.outcomes {
		if o.status == failed || o.status == skipped {
			return false
		}
	}
	return r.aborted == nil && len(r.laggards) == 0
}

// failure is everything that went wrong as one error.
func (r *run) failure(ctx context.Context) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if errors.Is(r.aborted, ErrLocked) {
		return r.aborted
	}
	var errs []error
	var findings diag.Findings
	problems := r.plan.Conflicting(nil)
	for _, a := range r.plan.Actions {
		o := r.outcomes[a.ID]
		var conflict *conflictError
		switch {
		case o.status != failed:
		case errors.As(o.err, &conflict):
			problems.Conflicts = append(problems.Conflicts, conflict.conflicts...)
		default:
			findings = append(findings, refusal(r.plan, a, o.err)...)
		}
	}
	if ctx.Err() != nil && r.aborted == nil {
		errs = append(errs, fmt.Errorf("interrupted: %w", context.Cause(ctx)))
	}
	if len(problems.Conflicts) > 0 {
		errs = append(errs, problems)
	}
	if err := findings.Err(); err != nil {
		errs = append(errs, err)
	}
	if len(r.laggards) > 0 {
		errs = append(errs, &NotReadyError{Laggards: r.laggards})
	}
	return errors.Join(append(errs, r.aborted)...)
}

// verdict is the state the set is left in.
func (r *run) verdict(ctx context.Context) inventory.State {
	interrupted := ctx.Err() != nil
	switch clean := r.clean(); {
	case r.aborted == nil && interrupted:
		return inventory.Interrupted
	case clean && r.superseded() != "":
		return inventory.Superseded
	case clean && len(r.plan.Stays()) > 0:
		return inventory.Destroying
	case clean:
		return inventory.Ready
	default:
		return inventory.Failed
	}
}

func (r *run) result(state inventory.State, inv *inventory.Inventory) *Result {
	return &Result{State: state, Counts: r.counts(), Inventory: inv, Superseded: r.superseded()}
}

// counts are the results by what people call them.
func (r *run) counts() map[string]int {
	r.lock.Lock()
	defer r.lock.Unlock()
	words := map[plan.Op]string{
		plan.Create: "created", plan.Update: "updated", plan.Adopt: "adopted", plan.Recreate: "recreated",
		plan.Unchanged: "unchanged", plan.Keep: "kept", plan.Prune: "pruned", plan.Forget: "forgotten",
	}
	counts := map[string]int{}
	for _, o := range r.outcomes {
		switch o.status {
		case failed:
			counts["failed"]++
		case skipped:
			counts["skipped"]++
		case pending:
			if o.action.Op.Writes() {
				counts["skipped"]++
				continue
			}
			counts[words[o.action.Op]]++
		default:
			counts[words[o.action.Op]]++
		}
	}
	return counts
}

func opCounts(ops map[plan.Op]int) map[string]int {
	counts := map[string]int{}
	for op, n := range maps.All(ops) {
		counts[string(op)] = n
	}
	return counts
}
