package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// LockOptions are how long locks last. Their zero values mean 15 s, renewed every 5 s, and no writes 10 s after the last
// renewal.
type LockOptions struct {
	Holder  string             // for people: user@host, command; made unique here
	Timeout time.Duration      // how long to wait for another holder; 0: not at all
	Expiry  time.Duration      // of a lock that is not renewed
	Renew   time.Duration      // between renewals
	Grace   time.Duration      // after the last renewal, in which writes are still sent; less than Expiry
	Waiting func(*LockedError) // told once per holder that is waited for; may be nil
}

func (o LockOptions) withDefaults() LockOptions {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Expiry, 15 * time.Second}, {&o.Renew, 5 * time.Second}, {&o.Grace, 10 * time.Second}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	return o
}

// Lock is held by one run on a set at a time. It is renewed in the background until it is released or lost.
type Lock struct {
	client  *Client
	ref     inventory.Ref
	options LockOptions
	holder  string
	stop    context.CancelFunc
	stopped chan struct{}
	wire    http.RoundTripper // for what it guards
	held    context.Context   // until it is given back: the connections of wire end then
	cut     context.CancelFunc

	lock    sync.Mutex
	lease   *coordinationv1.Lease
	renewed time.Time
	failing time.Time // since when renewals fail; zero while they do not
	lost    *LockedError
	wish    wish // of somebody who waits for this lock
}

// Lock takes the lock of a set. While another run holds it and renews it, it waits up to the timeout and then fails with a
// *LockedError that names the holder. A lock that was not renewed in time is taken over.
func (c *Client) Lock(ctx context.Context, ref inventory.Ref, options LockOptions) (*Lock, error) {
	options = options.withDefaults()
	l := &Lock{client: c, ref: ref, options: options, holder: options.Holder + " " + rand.Text()[:8], stopped: make(chan struct{})}
	var err error
	if l.wire, err = fencedWire(c.config, l); err != nil {
		return nil, err
	}
	if err := l.acquire(ctx); err != nil {
		return nil, err
	}
	l.held, l.cut = context.WithCancel(context.WithoutCancel(ctx))
	// The lock outlives the context: an interrupted run still writes down how far it came.
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	go l.keep(keep)
	return l, nil
}

// keep renews the lock until it is told to stop or somebody else has it.
func (l *Lock) keep(ctx context.Context) {
	defer close(l.stopped)
	for pause := l.options.Renew; sleep(ctx, pause); {
		start := l.client.now()
		l.renew(ctx)
		if l.Err() != nil {
			return
		}
		pause = max(l.options.Renew-l.client.now().Sub(start), l.options.Renew/10) // a slow answer delays no renewal
	}
}

func (l *Lock) renew(stopped context.Context) {
	ctx, cancel := context.WithTimeout(stopped, l.options.Grace) // a server may be slower than renewals are frequent
	defer cancel()
	sent := l.client.now()
	got, err := l.change(ctx, func(lease *coordinationv1.Lease) { lease.Spec.RenewTime = ptr.To(metav1.NewMicroTime(sent)) })
	l.lock.Lock()
	defer l.lock.Unlock()
	switch {
	case apierrors.IsNotFound(err):
		l.lost = &LockedError{Ref: l.ref, Lost: true}
	case stopped.Err() != nil:
	case err != nil:
		l.doubt(err, sent)
	case ptr.Deref(got.Spec.HolderIdentity, "") != l.holder:
		l.lost = &LockedError{Ref: l.ref, Holder: ptr.Deref(got.Spec.HolderIdentity, ""), Lost: true}
	default:
		l.lease, l.renewed, l.failing = got, sent, time.Time{}
		l.wish.note(got, sent)
	}
}

// hopeless is for how many times its expiry a lock may fail to be renewed until its holder gives up.
const hopeless = 8

// doubt notes a renewal that failed, which is tried again: Check holds writes back meanwhile. An error that does not pass, such as
// a token that has expired, or that lasts, ends the run, which would wait forever otherwise. The lock of Lock is held.
func (l *Lock) doubt(err error, sent time.Time) {
	if l.failing.IsZero() {
		l.failing = sent
	}
	var status apierrors.APIStatus
	refused := errors.As(err, &status) && !transient(err)
	if refused || l.client.now().Sub(l.failing) > hopeless*l.options.Expiry {
		l.lost = &LockedError{Ref: l.ref, Lost: true, Cause: err}
	}
}

// change writes our Lease, also when somebody who waits for it has written a wish into it meanwhile. Of a Lease that is another's
// now nothing is written; it is what comes back.
func (l *Lock) change(ctx context.Context, change func(*coordinationv1.Lease)) (*coordinationv1.Lease, error) {
	leases := l.client.leases.Leases(l.ref.Namespace)
	lease := l.current().DeepCopy()
	for {
		change(lease)
		got, err := leases.Update(ctx, lease, metav1.UpdateOptions{})
		if !apierrors.IsConflict(err) {
			return got, err
		}
		if lease, err = leases.Get(ctx, l.ref.Name, metav1.GetOptions{}); err != nil || ptr.Deref(lease.Spec.HolderIdentity, "") != l.holder {
			return lease, err
		}
	}
}

func (l *Lock) current() *coordinationv1.Lease {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.lease
}

// Err is set once somebody else has the lock. A nil Lock is never lost.
func (l *Lock) Err() error {
	if l == nil {
		return nil
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.lost == nil {
		return nil
	}
	return l.lost
}

func (l *Lock) isLost() bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.lost != nil
}

// Check returns when it is safe to send a write: at once as a rule; after the next renewal when the last one is too long ago;
// never with nil once the lock is lost. A nil Lock is always safe.
func (l *Lock) Check(ctx context.Context) error {
	if l == nil {
		return nil
	}
	for {
		if err := l.Err(); err != nil {
			return err
		}
		if l.age() <= l.options.Grace {
			return nil
		}
		if !sleep(ctx, l.options.Renew/10) {
			return ctx.Err()
		}
	}
}

// age is how long the last renewal is ago by the clock that says more: a machine that slept has a wall clock that jumped and a
// monotonic one that did not notice.
func (l *Lock) age() time.Duration {
	l.lock.Lock()
	defer l.lock.Unlock()
	now := l.client.now()
	return max(now.Sub(l.renewed), now.Round(0).Sub(l.renewed.Round(0)))
}

// Release gives the lock back.
func (l *Lock) Release(ctx context.Context) error { return l.end(ctx, false) }

// end stops renewing and frees the lock; remove takes the Lease away, too.
func (l *Lock) end(ctx context.Context, remove bool) error {
	if l == nil {
		return nil
	}
	l.stop()
	<-l.stopped
	l.cut() // a request that is still under way must not come after those of the next holder
	// Nobody renews any more: a fence that waits for the next renewal would wait forever. The Lease's own version guards it.
	ctx = context.WithValue(ctx, fenceKey{}, (*Lock)(nil))
	if l.isLost() {
		return nil // it is not ours to give back
	}
	lease, err := l.change(ctx, func(lease *coordinationv1.Lease) {
		lease.Spec.HolderIdentity, lease.Spec.RenewTime, lease.Spec.AcquireTime = nil, nil, nil
	})
	if err == nil && remove {
		// Whoever takes the free Lease in this moment keeps it.
		err = l.client.leases.Leases(l.ref.Namespace).Delete(ctx, l.ref.Name, metav1.DeleteOptions{
			Preconditions: &metav1.Preconditions{ResourceVersion: &lease.ResourceVersion},
		})
	}
	if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return fmt.Errorf("release lock %s: %w", l.ref, err)
	}
	return nil
}
