package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

const (
	tick  = 500 * time.Millisecond // how often time alone is looked at while waiting
	pulse = 20 * time.Millisecond  // how long news are gathered before they are looked at

	causesLimit = 5 * time.Second // of finding out why objects are not ready in time
)

// waited is an object that a gate waits for.
type waited struct {
	action  *plan.Action
	uid     types.UID
	version string
	since   time.Time
	failed  time.Time // when it was first seen failed, zero while it is not
	said    ready.Status
}

// pass waits at a point of the graph and breaks what follows when it is not to be passed.
func (r *run) pass(ctx context.Context, n *node) {
	if n.begins != "" && n.broken == "" {
		r.tell(Event{Type: EventLevel, Runlevel: n.begins})
	}
	if n.gate == nil || n.broken != "" {
		return
	}
	waiting, lacking := r.scope(n.gate)
	if lacking != "" {
		n.broken = fmt.Sprintf("%s is not complete: %s", n.name, lacking)
		return
	}
	late := r.await(ctx, waiting)
	r.explain(late)
	if ctx.Err() == nil && n.gate.hook != nil {
		r.tidy(ctx, n.gate.hook, len(late) == 0)
	}
	switch {
	case ctx.Err() != nil:
		n.broken = over(ctx)
	case len(late) > 0:
		if hook := n.gate.hook; hook != nil && deletes(hook) {
			late[0].Hint = hookAdvice
		}
		n.broken = fmt.Sprintf("%s is not ready: %s", n.name, late[0].ID)
		if n.name == late[0].ID.String() {
			n.broken = n.name + " is not ready"
		}
		r.behind(late)
	case n.gate.serving:
		if err := r.untilServed(ctx, n.gate.scope[0]); err != nil {
			n.broken = err.Error()
			r.fail(n.gate.scope[0], err)
		}
	}
}

// scope is what a gate has to wait for, unless something in it was not even applied.
func (r *run) scope(g *gate) (waiting []*waited, lacking string) {
	for _, a := range g.scope {
		o := r.outcome(a)
		switch {
		case a.Op.Sends() && o.status != applied:
			return nil, a.ID.String() + " failed"
		case o.late:
			return nil, a.ID.String() + " is not ready"
		case o.done, r.static(a):
		case o.meta != nil:
			waiting = append(waiting, &waited{action: a, uid: o.meta.UID, version: o.meta.ResourceVersion, since: r.now()})
		case a.Live != nil && !a.Borrowed:
			waiting = append(waiting, &waited{action: a, uid: a.Live.UID, since: r.now()})
		}
	}
	return waiting, ""
}

// await waits until everything is ready and returns what is not in time.
func (r *run) await(ctx context.Context, waiting []*waited) []Laggard {
	r.followAll(ctx, waiting)
	var late []Laggard
	for len(waiting) > 0 && ctx.Err() == nil && !r.givesWay() {
		news := r.tracker.next()
		var still []*waited
		for _, w := range waiting {
			status, over := r.look(w)
			switch {
			case status.State == ready.Ready:
			case over:
				late = append(late, Laggard{ID: w.action.ID, Release: w.action.Release, Status: status})
			default:
				still = append(still, w)
			}
		}
		if waiting = still; len(waiting) == 0 || len(late) > 0 && r.options.FailFast {
			break
		}
		timer := time.NewTimer(tick)
		select {
		case <-ctx.Done():
		case <-news:
		case <-timer.C:
		}
		timer.Stop()
		sleep(ctx, pulse)
	}
	return late
}

// behind notes what was not ready in time, each object once, however many points wait for it.
func (r *run) behind(late []Laggard) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, l := range late {
		if o := r.outcomes[l.ID]; !o.late {
			o.late = true
			r.laggards = append(r.laggards, l)
		}
	}
	r.failed()
}

// explain adds the causes to what was not ready in time. It takes no longer than somebody whose time is up waits for.
func (r *run) explain(late []Laggard) {
	ctx, stop := context.WithTimeout(r.requests, causesLimit)
	defer stop()
	why := newCauses(r.Client)
	for i := range late {
		late[i].Status = why.explain(ctx, r.tracker.full(late[i].ID), late[i].Status)
		if ctx.Err() != nil {
			late[i].Status.Reason = strings.TrimPrefix(late[i].Status.Reason+"; the API server does not answer, so this may be old", "; ")
		}
	}
}

// followAll begins to watch the kinds of what is waited for.
func (r *run) followAll(ctx context.Context, waiting []*waited) {
	namespaces := map[schema.GroupKind]map[string]bool{}
	versions := map[schema.GroupKind]string{}
	for _, w := range waiting {
		gk := schema.GroupKind{Group: w.action.ID.Group, Kind: w.action.ID.Kind}
		if namespaces[gk] == nil {
			namespaces[gk] = map[string]bool{}
		}
		namespaces[gk][w.action.ID.Namespace] = true
		versions[gk] = w.action.Version
	}
	for gk, in := range namespaces {
		if s, err := r.kinds.find(ctx, gk, versions[gk]); err == nil {
			r.tracker.follow(s, keys(in))
		}
	}
}

// look judges one object, tells what is new of it, and says whether waiting for it is over.
func (r *run) look(w *waited) (ready.Status, bool) {
	status, now := r.tracker.status(w.action.ID, w.uid, w.version), r.now()
	if status.State != ready.Failed {
		w.failed = time.Time{}
	} else if w.failed.IsZero() {
		w.failed = now
	}
	if status.State == ready.Ready {
		r.settled(w, status)
		return status, true
	}
	if status != w.said && status.Reason != unseen {
		w.said = status
		a := w.action
		r.tell(Event{Type: EventWaiting, Object: &a.ID, Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, State: status.State, Message: status.Reason, Duration: r.since(a.ID)})
	}
	lasting := !w.failed.IsZero() && (w.action.ID.Kind == "Job" || now.Sub(w.failed) >= r.options.FailedHold)
	over := lasting || r.expired() || now.Sub(w.since) >= r.patience(w.action)
	if over && lasting && w.action.Task() {
		r.set(w.action, func(o *outcome) { o.task = inventory.TaskFailed })
	}
	return status, over
}

func (r *run) settled(w *waited, status ready.Status) {
	a := w.action
	r.set(a, func(o *outcome) {
		o.done = true
		if a.Task() || a.Hook != nil && !o.owes() {
			o.task = inventory.TaskDone
		}
	})
	r.tell(Event{Type: EventReady, Object: &a.ID, Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, State: ready.Ready, Message: status.Reason, Duration: r.since(a.ID)})
}

// untilServed waits until a new kind can be found in every version that its definition says is served: Established comes a
// moment before.
func (r *run) untilServed(ctx context.Context, a *plan.Action) error {
	group, _, _ := unstructured.NestedString(a.Object.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(a.Object.Object, "spec", "names", "kind")
	versions, _, _ := unstructured.NestedSlice(a.Object.Object, "spec", "versions")
	err := backoff(ctx, r.options.RetryTimeout, transient, nil, func() error {
		for _, v := range object.Maps(versions) {
			name, _ := v["name"].(string)
			if on, _ := v["served"].(bool); !on {
				continue
			}
			if _, err := r.kinds.find(r.requests, schema.GroupKind{Group: group, Kind: kind}, name); err != nil {
				r.kinds.reset()
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("wait for %s: %w", a.ID, err)
	}
	return nil
}

// short is an error as events tell it.
func short(err error) string { return err.Error() }
