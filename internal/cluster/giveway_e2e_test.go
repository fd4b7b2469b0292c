package cluster

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// slow is a task that takes longer than any test.
func slow() string { return strings.Replace(task, "job-duration: 1s", "job-duration: 600s", 1) }

// begun runs an apply until its objects were sent, and returns where its end is told.
func (h *harness) begun(manifests ...string) <-chan *Result {
	h.Helper()
	sent, ended := make(chan struct{}), make(chan *Result, 1)
	p := must(h.makePlan(h.objects(manifests...)))
	lock := must(h.Client.Lock(context.Background(), h.ref, h.lock))
	go func() {
		defer close(ended)
		r, err := h.Client.Apply(context.Background(), p, ApplyOptions{Lock: lock}, func(e Event) {
			if e.Type == EventWaiting && e.Object.Kind == "Job" {
				select {
				case <-sent:
				default:
					close(sent)
				}
			}
		})
		if err != nil {
			h.Errorf("apply = %v", err)
		}
		if err := lock.Release(context.Background()); err != nil {
			h.Error(err)
		}
		ended <- r
	}()
	select {
	case <-sent:
	case <-ended:
		h.Fatal("the run has ended")
	}
	return ended
}

// TestWaitingRunGivesWay: a run that has sent everything and only waits ends for a newer one, which then goes on from there.
func TestWaitingRunGivesWay(t *testing.T) {
	h := e2e(t)
	h.lock = quick()
	h.cleanup()
	ended := h.begun(ns, slow())
	other, _ := connect(t, shared().config)
	newer := quick()
	newer.Holder = "newer@host"
	lock, err := other.Lock(context.Background(), h.ref, newer)
	if err != nil {
		t.Fatalf("Lock = %v, want it given up by a run that only waits", err)
	}
	older := <-ended
	if older.State != inventory.Superseded || !strings.HasPrefix(older.Superseded, "newer@host") || older.Counts["created"] != 2 {
		t.Errorf("the older run = %s by %q, %v, want Superseded by newer@host, 2 created", older.State, older.Superseded, older.Counts)
	}
	inv := must(h.Load(context.Background(), h.ref))
	if last, _ := inv.LastRun(); inv.State != inventory.Superseded || last.State != inventory.Superseded || len(inv.Entries) != 2 {
		t.Errorf("the inventory is %s after run %+v with %d entries, want Superseded with 2", inv.State, last, len(inv.Entries))
	}
	lease := must(h.leases.Leases(h.ref.Namespace).Get(context.Background(), h.ref.Name, metav1.GetOptions{}))
	if wish := lease.Annotations[wantedKey]; wish != "" {
		t.Errorf("whoever has the lock still wants it: %q", wish)
	}
	if err := lock.Release(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r := h.mustApply(ns, task); r.State != inventory.Ready || r.Counts["recreated"] != 1 {
		t.Errorf("the next run = %s, %v, want Ready with the task made anew", r.State, r.Counts)
	}
}

// TestRunWithWorkLeftDoesNotGiveWay: there is another runlevel to send; a wish of somebody who gave up counts no more when it was.
func TestRunWithWorkLeftDoesNotGiveWay(t *testing.T) {
	h := e2e(t)
	h.lock = quick()
	h.cleanup()
	late := strings.Replace("# release late level 30\n"+config, "name: config", "name: late", 1)
	short := strings.Replace(task, "job-duration: 1s", "job-duration: 5s", 1)
	ended := h.begun(ns, short, late, strings.Replace("# release last level 40\n"+task, "name: migrate", "name: last", 1))
	newer := quick()
	newer.Timeout = 2 * time.Second
	if _, err := h.Client.Lock(context.Background(), h.ref, newer); !errors.Is(err, ErrLocked) {
		t.Fatalf("Lock = %v, want it held by a run that has objects to send", err)
	}
	if r := <-ended; r == nil || r.State != inventory.Ready || r.Superseded != "" {
		t.Errorf("the run = %+v, want Ready: who wanted the lock has gone", r)
	}
}

// TestWishGrowsOld: of a waiting run that was killed nobody takes the wish back.
func TestWishGrowsOld(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	lock := must(h.Client.Lock(ctx, h.ref, quick()))
	defer lock.Release(ctx) //nolint:errcheck // the lease goes with the cluster
	h.kubectl("annotate", "lease", h.name, "-n", h.ref.Namespace, wantedKey+"=ann@laptop abc12345 2026-01-01T00:00:00Z")
	h.eventually("the wish is seen", func() bool { return lock.Wanted() == "ann@laptop abc12345" })
	h.eventually("the wish is forgotten", func() bool { return lock.Wanted() == "" })
	if err := lock.Err(); err != nil {
		t.Errorf("a wish cost the lock: %v", err)
	}
}

// TestLostLockEndsTheWait: a run that waits learns at once that its lock is another's, and writes nothing more.
func TestLostLockEndsTheWait(t *testing.T) {
	h := e2e(t)
	h.lock = quick()
	h.cleanup()
	ctx := context.Background()
	p := must(h.makePlan(h.objects(ns, slow())))
	lock := must(h.Client.Lock(ctx, h.ref, h.lock))
	stolen := false
	_, err := h.Client.Apply(ctx, p, ApplyOptions{Lock: lock}, func(e Event) {
		if e.Type == EventWaiting && e.Object.Kind == "Job" && !stolen {
			stolen = true
			h.kubectl("patch", "lease", h.name, "-n", h.ref.Namespace, "--type=merge", "-p", `{"spec":{"holderIdentity":"thief@host"}}`)
			h.wire.take()
		}
	})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Holder != "thief@host" || !locked.Lost {
		t.Errorf("apply = %v, want the lock lost to thief@host", err)
	}
	for _, s := range h.wire.take() {
		if !strings.HasPrefix(s, http.MethodGet) && !strings.Contains(s, "/leases/") {
			t.Errorf("after the lock was lost the run sent %s", s)
		}
	}
	h.kubectl("delete", "lease", h.name, "-n", h.ref.Namespace)
}

// TestFence: nothing that writes gets past a lock that is lost, however deep below its check it was on its way.
func TestFence(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	lock := must(h.Client.Lock(ctx, h.ref, quick()))
	h.kubectl("create", "ns", h.name)
	t.Cleanup(func() { h.kubectl("delete", "ns", h.name, "--wait=false") })
	inside := fenced(ctx, lock)
	secret := func(name string) error {
		_, err := h.core.ConfigMaps(h.name).Create(inside, configMap(name), metav1.CreateOptions{})
		return err
	}
	if err := secret("before"); err != nil {
		t.Fatal(err)
	}
	h.kubectl("patch", "lease", h.name, "-n", h.ref.Namespace, "--type=merge", "-p", `{"spec":{"holderIdentity":"thief@host"}}`)
	h.eventually("the loss is noticed", func() bool { return lock.Err() != nil })
	h.wire.take()
	if err := secret("after"); !errors.Is(err, ErrLocked) {
		t.Errorf("a write after the lock was lost = %v, want ErrLocked", err)
	}
	if _, err := h.core.ConfigMaps(h.name).Get(inside, "before", metav1.GetOptions{}); err != nil {
		t.Errorf("a read after the lock was lost = %v", err)
	}
	if sent := h.wire.take(); len(sent) != 1 {
		t.Errorf("after the lock was lost %v was sent, want one read", sent)
	}
	h.kubectl("delete", "lease", h.name, "-n", h.ref.Namespace)
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
}
