package cluster

import (
	"context"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// wantedKey is the annotation of a Lease in which a run that waits for it says so: its holder identity, a blank, and the time. Whoever
// waits no more stops changing it.
const wantedKey = "otomi.io/wanted-by"

// wish is what the holder of a lock last read of somebody who wants it, and when it changed by the holder's clock.
type wish struct {
	text string
	at   time.Time
}

func (w *wish) note(lease *coordinationv1.Lease, now time.Time) {
	if text := lease.Annotations[wantedKey]; text != w.text {
		*w = wish{text, now}
	}
}

// Wanted is who waits for this lock; empty when nobody does.
func (l *Lock) Wanted() string {
	if l == nil {
		return ""
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.wish.text == "" || l.client.now().Sub(l.wish.at) > l.options.Expiry {
		return ""
	}
	return wisher(l.wish.text)
}

// wisher is who wrote the wish.
func wisher(text string) string {
	at := strings.LastIndexByte(text, ' ')
	return text[:max(at, 0)]
}

// want writes into somebody's Lease that we wait for it. Who has written since it was read is not overwritten: there is a next time.
func (l *Lock) want(ctx context.Context, lease *coordinationv1.Lease) {
	lease = lease.DeepCopy()
	if lease.Annotations == nil {
		lease.Annotations = map[string]string{}
	}
	lease.Annotations[wantedKey] = l.holder + " " + l.client.now().UTC().Format(time.RFC3339Nano)
	_, _ = l.client.leases.Leases(l.ref.Namespace).Update(ctx, lease, metav1.UpdateOptions{})
}

// withdraw takes the wish back, so that nobody ends a wait for a run that is no more. When it cannot be, it grows old.
func (l *Lock) withdraw(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.options.Renew)
	defer cancel()
	leases := l.client.leases.Leases(l.ref.Namespace)
	lease, err := leases.Get(ctx, l.ref.Name, metav1.GetOptions{})
	if err != nil || wisher(lease.Annotations[wantedKey]) != l.holder || ptr.Deref(lease.Spec.HolderIdentity, "") == l.holder {
		return
	}
	delete(lease.Annotations, wantedKey)
	_, _ = leases.Update(ctx, lease, metav1.UpdateOptions{})
}
