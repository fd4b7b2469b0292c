package cluster

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// observation is when we first saw a holder's latest renewal, by our own clock: clocks of other machines are not to be trusted.
type observation struct {
	renewal string // who, and when by its holder's clock
	at      time.Time
	alive   bool // we saw it change
	lease   *coordinationv1.Lease
}

func (o *observation) note(lease *coordinationv1.Lease, now time.Time) {
	renewal := ptr.Deref(lease.Spec.HolderIdentity, "") + " " + ptr.Deref(lease.Spec.RenewTime, metav1.MicroTime{}).UTC().Format(time.RFC3339Nano)
	if renewal != o.renewal {
		o.renewal, o.at, o.alive = renewal, now, o.renewal != ""
	}
	o.lease = lease
}

func (l *Lock) acquire(ctx context.Context) error {
	var seen observation
	start, told, wished := l.client.now(), "", time.Time{}
	defer func() {
		if !wished.IsZero() && l.lease == nil {
			l.withdraw(ctx)
		}
	}()
	for {
		var held *LockedError
		lease, err := l.try(ctx, &seen, &held)
		if err != nil {
			return err
		}
		if lease != nil {
			l.lease, l.renewed = lease, l.client.now()
			return nil
		}
		// A lock that seems to have expired is watched a little longer than the timeout allows, to be sure.
		dead := !seen.alive && l.client.now().Sub(held.renewed) > l.options.Expiry
		if !dead && l.client.now().Sub(start) >= l.options.Timeout {
			return held
		}
		if l.options.Waiting != nil && told != held.Holder {
			told = held.Holder
			l.options.Waiting(held)
		}
		if now := l.client.now(); seen.lease != nil && now.Sub(wished) >= l.options.Renew {
			wished = now
			l.want(ctx, seen.lease)
		}
		if !sleep(ctx, min(time.Second, l.options.Renew/2)) {
			return ctx.Err()
		}
	}
}

// try takes the lock if it is free. Neither lease nor error: somebody else holds it.
func (l *Lock) try(ctx context.Context, seen *observation, held **LockedError) (*coordinationv1.Lease, error) {
	leases, c := l.client.leases.Leases(l.ref.Namespace), l.client
	var lease *coordinationv1.Lease
	err := c.retry(ctx, func() (err error) {
		lease, err = leases.Get(ctx, l.ref.Name, metav1.GetOptions{})
		return err
	})
	switch {
	case apierrors.IsNotFound(err):
		return l.create(ctx, seen, held)
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", l.ref, err)
	}
	seen.note(lease, c.now())
	if ptr.Deref(lease.Spec.HolderIdentity, "") == l.holder {
		return lease, nil // taken by a request whose answer was lost
	}
	if !l.free(lease, *seen) {
		*held = &LockedError{
			Ref: l.ref, Holder: ptr.Deref(lease.Spec.HolderIdentity, ""), Since: ptr.Deref(lease.Spec.AcquireTime, metav1.MicroTime{}).Time,
			renewed: ptr.Deref(lease.Spec.RenewTime, metav1.MicroTime{}).Time,
		}
		return nil, nil
	}
	lease = lease.DeepCopy()
	l.fill(lease)
	lease.Spec.LeaseTransitions = ptr.To(ptr.Deref(lease.Spec.LeaseTransitions, 0) + 1)
	var taken *coordinationv1.Lease
	err = c.retry(ctx, func() (err error) {
		taken, err = leases.Update(ctx, lease, metav1.UpdateOptions{})
		return err
	})
	if apierrors.IsConflict(err) {
		*held = &LockedError{Ref: l.ref, Holder: "somebody who was quicker", Since: c.now(), renewed: c.now()}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", l.ref, err)
	}
	return taken, nil
}

// skew is how far the clocks of other machines may be from ours.
const skew = time.Minute

// free reports a lease that nobody holds: released, or not renewed for as long as it lasts. Its own time stamps are those of
// another machine. They are believed when they say that it expired long ago; otherwise we have to have watched it for longer
// than its holder takes between two renewals.
func (l *Lock) free(lease *coordinationv1.Lease, seen observation) bool {
	if ptr.Deref(lease.Spec.HolderIdentity, "") == "" || lease.Spec.RenewTime == nil {
		return true
	}
	lasts := time.Duration(ptr.Deref(lease.Spec.LeaseDurationSeconds, int32(l.options.Expiry/time.Second))) * time.Second
	lasts = max(lasts, l.options.Expiry)
	now := l.client.now()
	age, watched := now.Sub(lease.Spec.RenewTime.Time), now.Sub(seen.at)
	return age > lasts+skew || watched >= lasts || (age > lasts && watched > lasts*2/5)
}

func (l *Lock) create(ctx context.Context, seen *observation, held **LockedError) (*coordinationv1.Lease, error) {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: l.ref.Namespace, Name: l.ref.Name}}
	l.fill(lease)
	leases := l.client.leases.Leases(l.ref.Namespace)
	made, err := leases.Create(ctx, lease, metav1.CreateOptions{})
	if apierrors.IsNotFound(err) {
		if err := l.client.ensureNamespace(ctx, l.ref.Namespace); err != nil {
			return nil, err
		}
	}
	again := func(err error) bool { return transient(err) || unheard(err) }
	if err != nil && again(err) {
		err = backoff(ctx, shortTimeout, again, nil, func() (err error) {
			made, err = leases.Create(ctx, lease, metav1.CreateOptions{})
			return err
		})
	}
	if apierrors.IsAlreadyExists(err) {
		return l.try(ctx, seen, held)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", l.ref, err)
	}
	return made, nil
}

func (l *Lock) fill(lease *coordinationv1.Lease) {
	now := metav1.NewMicroTime(l.client.now())
	delete(lease.Annotations, wantedKey)
	lease.Spec.HolderIdentity = &l.holder
	lease.Spec.LeaseDurationSeconds = ptr.To(max(1, int32(l.options.Expiry/time.Second)))
	lease.Spec.AcquireTime = &now
	lease.Spec.RenewTime = &now
}
