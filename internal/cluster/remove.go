package cluster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
)

// prune deletes what the plan says, in reverse order: runlevel by runlevel, each between the hooks of its releases that are for
// that, then the definitions. What does not go, and a hook that fails, stops it: custom resources need the controllers that would
// be next.
func (r *run) prune(ctx context.Context) {
	levels := map[string][]*plan.Action{}
	var definitions, all []*plan.Action
	for i := range r.plan.Actions {
		switch a := &r.plan.Actions[i]; {
		case a.Record != nil: // goes when all else is done
		case a.Op == plan.Prune && plan.DeleteRank(a.ID) > 0:
			definitions, all = append(definitions, a), append(all, a)
		case a.Op == plan.Prune, a.Op.Sends() && deletes(a):
			levels[a.Runlevel], all = append(levels[a.Runlevel], a), append(all, a)
		}
	}
	for _, level := range slices.Backward(slices.Sorted(maps.Keys(levels))) {
		doomed := slices.DeleteFunc(levels[level], deletes)
		if !r.deleteHooks(ctx, level, plan.PreDeleteHook) || !r.removeInOrder(ctx, doomed) || !r.deleteHooks(ctx, level, plan.PostDeleteHook) {
			r.skipRest(all)
			return
		}
	}
	if !r.removeInOrder(ctx, definitions) {
		r.skipRest(all)
	}
}

// skipRest says of what was not tried why.
func (r *run) skipRest(all []*plan.Action) {
	for _, a := range all {
		if o := r.outcome(a); o.status == pending && o.at.IsZero() {
			r.skip(a, "something that has to go first is still there")
		}
	}
}

// removeInOrder deletes each group of objects when the one before it is gone.
func (r *run) removeInOrder(ctx context.Context, doomed []*plan.Action) bool {
	slices.SortStableFunc(doomed, compareRemoval)
	for len(doomed) > 0 {
		n := 1
		for n < len(doomed) && compareRemoval(doomed[0], doomed[n]) == 0 {
			n++
		}
		if !r.removeAll(ctx, doomed[:n]) {
			return false
		}
		doomed = doomed[n:]
	}
	return true
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
	if a.Op == plan.Recreate && a.ID.Group == "apps" && a.ID.Kind == "StatefulSet" {
		// Its Pods go on without it, and the new one takes them over.
		options.PropagationPolicy = ptr.To(metav1.DeletePropagationOrphan)
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
