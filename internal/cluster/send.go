package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// send does what an action says about an object that is wanted.
func (r *run) send(ctx context.Context, a *plan.Action) error {
	r.set(a, func(o *outcome) { o.at = r.now() })
	if a.Op == plan.Recreate || (a.Op == plan.Create && a.Live != nil) {
		if err := r.clear(ctx, a); err != nil {
			return err
		}
	}
	got, err := r.deliver(ctx, a)
	if err != nil {
		return err
	}
	if got.Labels[object.LabelPartOf] != r.plan.Ref.SetID() {
		r.tellOf(EventWarning, a, "the cluster removed the set's label; the object will not be pruned")
	}
	static := r.static(a)
	r.set(a, func(o *outcome) {
		o.status, o.meta, o.done, o.absent = applied, plan.MetaOf(&got.ObjectMeta), static, false
	})
	done := Event{Type: EventApplied, Object: &a.ID, Release: a.Release, Runlevel: a.Runlevel, Op: a.Op, Message: a.Reason, Duration: r.since(a.ID)}
	if static {
		done.State = ready.Ready
	}
	r.tell(done)
	return nil
}

// deliver makes the requests that it takes: who owns which fields is settled before an object is changed, and after it is made.
func (r *run) deliver(ctx context.Context, a *plan.Action) (*metav1.PartialObjectMetadata, error) {
	if a.Op == plan.Update || a.Op == plan.Adopt {
		if _, err := r.transfer(ctx, a, a.Live); err != nil {
			return nil, err
		}
	}
	for _, d := range a.SetBack {
		r.tellOf(EventDrift, a, d.String())
	}
	got, err := r.patch(ctx, a)
	if apierrors.IsInvalid(err) && a.Op == plan.Update && a.Task() {
		// What the Job was made from is not recorded: it turns out to differ, and a Job can only be made anew.
		if err := r.clear(ctx, a); err != nil {
			return nil, err
		}
		got, err = r.patch(ctx, a)
	}
	if err != nil {
		return nil, err
	}
	if len(a.Yields) == 0 || a.Op != plan.Create && a.Op != plan.Recreate {
		return got, nil
	}
	handed, err := r.transfer(ctx, a, plan.MetaOf(&got.ObjectMeta))
	return cmp.Or(handed, got), err
}

// patch sends the object. A conflict over fields that may be taken is answered with force.
func (r *run) patch(ctx context.Context, a *plan.Action) (*metav1.PartialObjectMetadata, error) {
	got, err := r.apply(ctx, a, r.options.Force || a.Force || a.Op == plan.Adopt)
	if causes := conflictCauses(err); len(causes) > 0 {
		taken, conflicts := settle(a, causes)
		if len(conflicts) > 0 {
			return nil, &conflictError{conflicts}
		}
		if len(a.SetBack) == 0 { // else they have been told
			r.tellOf(EventDrift, a, strings.Join(taken, ", "))
		}
		got, err = r.apply(ctx, a, true)
	}
	return got, err
}

func (r *run) apply(ctx context.Context, a *plan.Action, force bool) (*metav1.PartialObjectMetadata, error) {
	data, err := a.Object.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", a.ID, err)
	}
	options := metav1.PatchOptions{FieldManager: object.FieldManager, Force: ptr.To(force), FieldValidation: metav1.FieldValidationStrict}
	var got *metav1.PartialObjectMetadata
	err = r.repeat(ctx, a, func(ctx context.Context) error {
		s, err := r.kinds.find(ctx, a.Object.GroupVersionKind().GroupKind(), a.Version)
		if errors.Is(err, errNoKind) {
			r.kinds.reset() // a controller of the cluster may be about to bring it
		}
		if err != nil {
			return err
		}
		got, err = r.metadata.Resource(s.resource).Namespace(a.ID.Namespace).Patch(ctx, a.ID.Name, types.ApplyPatchType, data, options)
		return err
	})
	return got, err
}

// repeat sends a request that writes, again and again while it fails in a passing way.
func (r *run) repeat(ctx context.Context, a *plan.Action, request func(context.Context) error) error {
	told := func(err error) { r.tellOf(EventRetry, a, classOf(err).name+": "+short(err)) }
	delayed := func(err error) { r.tellOf(EventRetry, a, short(err)) }
	again := func(err error) bool {
		// A quota counts the old one until its controller has seen it go.
		return passing(err) || overQuota(err) && r.outcome(a).absent
	}
	return backoff(ctx, r.options.RetryTimeout, again, told, func() error {
		err := r.write(ctx, func() error {
			attempt, cancel := context.WithTimeout(withDelays(r.requests, delayed), attemptLimit)
			defer cancel()
			err := request(attempt)
			if err != nil && (network(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
				r.set(a, func(o *outcome) { o.unsure = true })
			}
			return err
		})
		if r.hopeless(a, err) {
			return final{err}
		}
		return err
	})
}

// hopeless reports that a path or a namespace is not there and nothing in this run makes it.
func (r *run) hopeless(a *plan.Action, err error) bool {
	if !apierrors.IsNotFound(err) && !errors.Is(err, errNoKind) {
		return false
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if ns := r.outcomes[object.ID{Kind: "Namespace", Name: a.ID.Namespace}]; ns != nil && ns.status == applied {
		return false
	}
	return !r.plan.Observed.Pending[schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}]
}

// final hides the kind of an error from transient.
type final struct{ error }

// clear deletes what is in the way of an object that is to be made anew, and waits until it is gone.
func (r *run) clear(ctx context.Context, a *plan.Action) error {
	if !a.Live.Terminating {
		if err := r.remove(ctx, a); err != nil {
			return err
		}
	}
	left, err := r.untilGone(ctx, []*plan.Action{a})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("recreate %s: the old one is not gone: %s", a.ID, left[0].Status.Reason)
	}
	r.set(a, func(o *outcome) { o.absent, o.unsure = true, false })
	return nil
}
