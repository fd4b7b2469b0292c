package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// prune deletes what the plan says, in reverse order, each group of objects when the one before it is gone. What does not go
// stops it: custom resources need the controllers that would be next.
func (r *run) prune(ctx context.Context) {
	var doomed []*plan.Action
	for i := range r.plan.Actions {
		if a := &r.plan.Actions[i]; a.Op == plan.Prune {
			doomed = append(doomed, a)
		}
	}
	slices.SortStableFunc(doomed, compareRemoval)
	for len(doomed) > 0 {
		n := 1
		for n < len(doomed) && compareRemoval(doomed[0], doomed[n]) == 0 {
			n++
		}
		step, rest := doomed[:n], doomed[n:]
		if !r.removeAll(ctx, step) {
			for _, a := range rest {
				r.skip(a, "something that has to go first is still there")
			}
			return
		}
		doomed = rest
	}
}

// compareRemoval orders deletions; what it finds equal goes at the same time. Definitions go all at once, whatever their
// runlevels: nothing of the set is left that needs one, and each namespace takes seconds.
func compareRemoval(a, b *plan.Action) int {
	if rank := plan.DeleteRank(a.ID); rank > 0 && rank == plan.DeleteRank(b.ID) {
		return 0
	}
	return cmp.Or(cmp.Compare(plan.DeleteRank(a.ID), plan.DeleteRank(b.ID)), cmp.Compare(b.Runlevel, a.Runlevel),
		cmp.Compare(removalRank(a.ID), removalRank(b.ID)))
}

// removalRank orders deletions within a runlevel: custom resources while everything their controllers need is there, what
// calls into workloads before these, and what Pods need after the Pods.
func removalRank(id object.ID) int {
	if strings.Contains(id.Group, ".") && !strings.HasSuffix(id.Group, ".k8s.io") {
		return 0
	}
	switch plan.Rank(id) {
	case plan.RankHook:
		return 1
	case plan.RankWorkload:
		return 2
	case plan.RankOther:
		return 3
	default:
		return 4
	}
}

// removeAll deletes objects and waits until they are gone. It reports whether they are.
func (r *run) removeAll(ctx context.Context, step []*plan.Action) bool {
	var asked []*plan.Action
	var g errgroup.Group
	g.SetLimit(r.workers)
	for _, a := range step {
		if ctx.Err() != nil {
			r.skip(a, "the run was interrupted")
			continue
		}
		if r.expired() {
			r.late(a)
			continue
		}
		asked = append(asked, a)
		g.Go(func() error {
			r.set(a, func(o *outcome) { o.at = r.now() })
			if err := r.remove(ctx, a); err != nil {
				r.fail(a, err)
			}
			return nil
		})
	}
	_ = g.Wait()
	asked = slices.DeleteFunc(asked, func(a *plan.Action) bool { return r.outcome(a).status == failed })
	left, err := r.untilGone(ctx, asked)
	if err != nil {
		r.abort(err)
	}
	r.lock.Lock()
	r.laggards = append(r.laggards, left...)
	r.lock.Unlock()
	return !slices.ContainsFunc(step, func(a *plan.Action) bool { return r.outcome(a).status != removed })
}

// remove asks for the deletion of exactly the object that the plan saw.
func (r *run) remove(ctx context.Context, a *plan.Action) error {
	r.tellOf(EventDeleting, a, a.Reason)
	s, err := r.kinds.findAny(ctx, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
	if err != nil {
		return err
	}
	options := metav1.DeleteOptions{
		Preconditions:     &metav1.Preconditions{UID: ptr.To(a.Live.UID)},
		PropagationPolicy: ptr.To(metav1.DeletePropagationBackground),
	}
	err = r.repeat(ctx, a, func(ctx context.Context) error {
		err := r.metadata.Resource(s.resource).Namespace(a.ID.Namespace).Delete(ctx, a.ID.Name, options)
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return nil // gone, or another object of that name, which is not ours to delete: untilGone tells
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delete %s: %w", a.ID, err)
	}
	return nil
}

// fewGone is up to how many objects are looked at one by one instead of by lists.
const fewGone = 4

// untilGone waits until none of the objects exists any more. What is left when their time is up is returned with the reason.
func (r *run) untilGone(ctx context.Context, actions []*plan.Action) ([]Laggard, error) {
	left := slices.Clone(actions)
	pause, start, said := 50*time.Millisecond, r.now(), map[object.ID]string{}
	for {
		there, err := r.there(r.requests, left)
		if err != nil {
			return nil, err
		}
		left = slices.DeleteFunc(left, func(a *plan.Action) bool {
			m := there[a.ID]
			gone := m == nil || m.UID != a.Live.UID
			if gone && a.Op == plan.Prune {
				r.set(a, func(o *outcome) { o.status, o.done = removed, true })
				r.tellOf(EventGone, a, "")
			} else if m != nil && !gone {
				r.tellWaiting(a, m, said)
			}
			return gone
		})
		if len(left) == 0 {
			return nil, nil
		}
		if r.expired() || r.now().Sub(start) > r.patience(left[0]) {
			return r.stuck(left), nil
		}
		if !sleep(ctx, pause) {
			return nil, nil
		}
		pause = min(pause*2, 2*time.Second)
	}
}

func (r *run) tellWaiting(a *plan.Action, m *metav1.ObjectMeta, said map[object.ID]string) {
	why := "is being deleted"
	if len(m.Finalizers) > 0 {
		why = "waits for finalizers " + strings.Join(m.Finalizers, ", ")
	}
	if said[a.ID] == why {
		return
	}
	if said[a.ID] != "" || len(m.Finalizers) > 0 {
		r.tell(Event{Type: EventWaiting, Object: &a.ID, Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, State: ready.Terminating, Message: why, Duration: r.since(a.ID)})
	}
	said[a.ID] = why
}

// stuck says of each object what it waits for.
func (r *run) stuck(left []*plan.Action) []Laggard {
	var laggards []Laggard
	for _, a := range left {
		l := Laggard{ID: a.ID, Release: a.Release, Status: ready.Status{State: ready.Terminating, Reason: "being deleted"}}
		if s, err := r.kinds.findAny(r.requests, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version); err == nil {
			if u, err := r.dynamic.Resource(s.resource).Namespace(a.ID.Namespace).Get(r.requests, a.ID.Name, metav1.GetOptions{}); err == nil {
				l.Status = ready.Compute(u, r.now())
			}
		}
		laggards = append(laggards, l)
	}
	return laggards
}

// there finds which of the objects exist.
func (r *run) there(ctx context.Context, actions []*plan.Action) (map[object.ID]*metav1.ObjectMeta, error) {
	found := map[object.ID]*metav1.ObjectMeta{}
	byKind := map[schema.GroupKind][]*plan.Action{}
	for _, a := range actions {
		gk := schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}
		byKind[gk] = append(byKind[gk], a)
	}
	for gk, of := range byKind {
		s, err := r.kinds.findAny(ctx, gk, of[0].Version)
		if err != nil {
			return nil, err
		}
		unlabelled := slices.ContainsFunc(of, func(a *plan.Action) bool { return a.Live.Labels[object.LabelPartOf] != r.plan.Ref.SetID() })
		if len(of) > fewGone && !unlabelled {
			namespaces := map[string]bool{}
			for _, a := range of {
				namespaces[a.ID.Namespace] = true
			}
			err := r.each(ctx, s, keys(namespaces), partOf(r.plan.Ref), func(id object.ID, m *metav1.ObjectMeta) { found[id] = m.DeepCopy() })
			if err != nil {
				return nil, err
			}
			continue
		}
		for _, a := range of {
			m, err := r.getMeta(ctx, s, a.ID)
			if err != nil {
				return nil, err
			}
			if m != nil {
				found[a.ID] = m
			}
		}
	}
	return found, nil
}

func keys(set map[string]bool) []string {
	var list []string
	for k := range set {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// patience is how long to wait for an object.
func (r *run) patience(a *plan.Action) time.Duration {
	if a.Object.Unstructured != nil {
		if d, err := time.ParseDuration(a.Object.GetAnnotations()[plan.TimeoutKey]); err == nil && d > 0 {
			return d
		}
	}
	if d := r.plan.Releases[a.Release].Timeout; d > 0 {
		return d
	}
	return r.options.ReleaseTimeout
}
