package cluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// Others are what is in the namespace of a set's inventory besides the set's objects, its inventory and its lock: other inventories,
// and all that somebody put there. Without an inventory nothing in it is the set's. What cannot be seen cannot be ruled out and is
// there as plan.Unseen.
func (c *Client) Others(ctx context.Context, ref inventory.Ref, inv *inventory.Inventory) ([]object.ID, error) {
	own, err := c.freeLocks(ctx, ref.Namespace)
	if err != nil {
		return nil, err
	}
	if inv != nil {
		own[object.ID{Group: leaseGroup, Kind: "Lease", Namespace: ref.Namespace, Name: ref.Name}] = true
		shards, _ := c.shards(ctx, ref)
		for _, name := range append(shards, ref.Name) {
			own[object.ID{Kind: "Secret", Namespace: ref.Namespace, Name: name}] = true
		}
	} else {
		inv = inventory.New(ref, inventory.Cluster{})
	}
	o := &observer{Client: c, q: Question{Ref: ref, Inventory: inv}}
	others, err := o.inNamespace(ctx, ref.Namespace)
	if err != nil {
		return nil, fmt.Errorf("look into namespace %s: %w", ref.Namespace, err)
	}
	return slices.DeleteFunc(others, func(id object.ID) bool { return own[id] }), nil
}

const leaseGroup = "coordination.k8s.io"

// freeLocks are the Leases that nobody holds: what is left of runs that applied nothing.
func (c *Client) freeLocks(ctx context.Context, namespace string) (map[object.ID]bool, error) {
	list, err := c.leases.Leases(namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsForbidden(err) {
		return map[object.ID]bool{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look into namespace %s: %w", namespace, err)
	}
	free := map[object.ID]bool{}
	for _, l := range list.Items {
		free[object.ID{Group: leaseGroup, Kind: "Lease", Namespace: namespace, Name: l.Name}] = ptr.Deref(l.Spec.HolderIdentity, "") == ""
	}
	return free, nil
}

// RemoveNamespace deletes the namespace that a destroyed set's inventory was in, when nothing is in it, and waits until it is gone;
// zero: 10 min. Where it has been deleted already there is nothing to do.
func (c *Client) RemoveNamespace(ctx context.Context, ref inventory.Ref, timeout time.Duration) error {
	live, err := c.core.Namespaces().Get(ctx, ref.Namespace, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read namespace %s: %w", ref.Namespace, err)
	}
	// Once more, as late as can be: another run may have begun meanwhile, and its inventory would go with the namespace.
	others, err := c.Others(ctx, ref, nil)
	if err != nil {
		return err
	}
	id := object.ID{Kind: "Namespace", Name: ref.Namespace}
	if len(others) > 0 {
		return &plan.Problems{Refusals: []plan.Refusal{{
			Rule: plan.RulePruneNamespace, Objects: []object.ID{id}, Final: true,
			Message: fmt.Sprintf("namespace %s stays: it %s", ref.Namespace, plan.Holding(others)),
		}}}
	}
	err = c.core.Namespaces().Delete(ctx, ref.Namespace, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: ptr.To(live.UID)}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("delete namespace %s: %w", ref.Namespace, err)
	}
	a := &plan.Action{Op: plan.Recreate, ID: id, Version: "v1", Live: plan.MetaOf(&live.ObjectMeta)}
	p := &plan.Plan{Ref: ref, Inventory: inventory.New(ref, inventory.Cluster{}), Actions: []plan.Action{*a}}
	r := newRun(c, p, ApplyOptions{ReleaseTimeout: timeout}.withDefaults(), nil)
	r.requests = ctx
	left, err := r.untilGone(ctx, []*plan.Action{a})
	if err == nil && len(left) > 0 {
		err = &NotReadyError{Laggards: left}
	}
	return err
}
