package cluster

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

func writes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && !strings.Contains(r.URL.RawQuery, "dryRun")
}

// quick are locks that expire fast enough for tests.
func quick() LockOptions {
	return LockOptions{Holder: "test", Expiry: time.Second, Renew: 300 * time.Millisecond, Grace: 700 * time.Millisecond, Timeout: 10 * time.Second}
}

func TestInterruptedRunSaysSoAndCanGoOn(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	slow := strings.Replace(task, "job-duration: 1s", "job-duration: 60s", 1)
	ctx, interrupt := context.WithCancel(context.Background())
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if r.URL.Query().Get("watch") == "true" && strings.HasSuffix(r.URL.Path, "/jobs") {
			interrupt() // it waits for the Job
		}
		return next()
	})
	result, err := h.run(ctx, h.objects(ns, slow, config), ApplyOptions{})
	if !errors.Is(err, context.Canceled) || result.State != inventory.Interrupted {
		t.Errorf("apply = %s, %v, want Interrupted", result.State, err)
	}
	if inv := must(h.Load(context.Background(), h.ref)); inv.State != inventory.Interrupted || len(inv.Entries) != 2 {
		t.Errorf("the inventory is %s with %d entries, want Interrupted with 2", inv.State, len(inv.Entries))
	}
	if r := h.mustApply(ns, task, config); r.State != inventory.Ready {
		t.Errorf("the next apply = %s", r.State)
	}
}

func TestLock(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	first, err := h.Client.Lock(ctx, h.ref, LockOptions{Holder: "ann@laptop"})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("is held by one", func(t *testing.T) {
		_, err := h.Client.Lock(ctx, h.ref, LockOptions{Holder: "bob"})
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "ann@laptop") {
			t.Errorf("Lock = %v, want it to name ann@laptop", err)
		}
	})
	t.Run("queues", func(t *testing.T) {
		time.AfterFunc(500*time.Millisecond, func() { _ = first.Release(ctx) })
		waited := ""
		second, err := h.Client.Lock(ctx, h.ref, LockOptions{Holder: "bob", Timeout: 10 * time.Second, Waiting: func(e *LockedError) { waited = e.Holder }})
		if err != nil || !strings.Contains(waited, "ann@laptop") {
			t.Fatalf("Lock = %v, waiting for %q", err, waited)
		}
		if err := second.Release(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Run("of the dead expires", func(t *testing.T) {
		dead, err := h.Client.Lock(ctx, h.ref, quick())
		if err != nil {
			t.Fatal(err)
		}
		dead.stop() // no renewal any more, no release either
		<-dead.stopped
		start := time.Now()
		next, err := h.Client.Lock(ctx, h.ref, quick())
		if err != nil || time.Since(start) > 3*time.Second {
			t.Fatalf("Lock = %v after %s, want it within the expiry", err, time.Since(start))
		}
		defer next.Release(ctx) //nolint:errcheck // the namespace goes with the test
		// The dead holder does not know yet, but it knows that it has not renewed for too long.
		moment, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if err := dead.Check(moment); err == nil {
			t.Error("the dead holder may write")
		}
	})
}

// TestSleeperWritesNothing suspends a run for longer than its lock lasts while a second one takes over.
func TestSleeperWritesNothing(t *testing.T) {
	h := e2e(t)
	ctx := context.Background()
	sleeper, err := h.Client.Lock(ctx, h.ref, quick())
	if err != nil {
		t.Fatal(err)
	}
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "leases") {
			return nil, errors.New("asleep")
		}
		return next()
	})
	other, _ := connect(t, shared().config)
	second, err := other.Lock(ctx, h.ref, quick())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Release(ctx) //nolint:errcheck // the lease goes with the cluster
	awake := make(chan error, 1)
	go func() { awake <- sleeper.Check(ctx) }()
	select {
	case err := <-awake:
		t.Fatalf("Check = %v while the lock could not be renewed, want it to wait", err)
	case <-time.After(500 * time.Millisecond):
	}
	h.wire.break_(nil)
	if err := <-awake; !errors.Is(err, ErrLocked) {
		t.Errorf("Check = %v after somebody else took the lock, want ErrLocked", err)
	}
}

func TestTwoRunsDoNotOverwriteEachOther(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config)
	stale, err := h.makePlan(h.objects(ns, config, service))
	if err != nil {
		t.Fatal(err)
	}
	h.mustApply(ns, config, strings.Replace(config, "name: config", "name: other", 1))
	// A plan from before the other run, carried out without a lock: the inventory's version gives it away.
	_, err = h.Client.Apply(context.Background(), stale, ApplyOptions{}, nil)
	if !errors.Is(err, ErrLocked) {
		t.Errorf("apply of a stale plan = %v, want ErrLocked", err)
	}
	if out := h.kubectl("get", "svc", "-n", h.name, "-o", "name"); strings.Contains(out, "web") {
		t.Error("a stale plan was carried out")
	}
}

func TestWrongClusterIsRefused(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns)
	_, err := h.makePlan(h.objects(ns), func(in *plan.Input) { in.Cluster.Name = "another" })
	if !errors.Is(err, plan.ErrRefused) {
		t.Errorf("plan under another name = %v, want refused", err)
	}
	_, err = h.makePlan(h.objects(ns), func(in *plan.Input) { in.Cluster.UID = "0000" })
	if !errors.Is(err, plan.ErrRefused) {
		t.Errorf("plan with another uid = %v, want refused", err)
	}
}

// TestReplacedObjectsStay: what somebody deleted and made anew after the plan was made is another object, and is neither pruned nor
// deleted to be made anew, though it has the name and the label.
func TestReplacedObjectsStay(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	surplus := strings.Replace(config, "name: config", "name: surplus", 1)
	h.mustApply(ns, surplus, frozen)
	anew := strings.Replace(strings.Replace(frozen, "a: b", "a: c", 1), "metadata: {", "metadata: {annotations: {otomi.io/on-immutable: recreate}, ", 1)
	p := must(h.makePlan(h.objects(ns, anew)))
	if findings, err := h.Preflight(context.Background(), p, false); err != nil || len(findings) > 0 {
		t.Fatalf("Preflight = %v, %v", findings, err)
	}
	uids := map[string]string{}
	for _, name := range []string{"surplus", "frozen"} {
		h.kubectl("delete", "cm", name, "-n", h.name)
		h.kubectl("create", "cm", name, "-n", h.name, "--from-literal=by=them")
		h.kubectl("label", "cm", name, "-n", h.name, partOf(h.ref))
		uids[name] = h.uid("cm", name)
	}
	_, err := h.Client.Apply(context.Background(), p, ApplyOptions{}, nil)
	for name, before := range uids {
		if h.uid("cm", name) != before {
			t.Errorf("apply = %v; it deleted %s, which somebody had made anew", err, name)
		}
	}
}

// TestNothingIsPrunedAfterAFailure: what was left out of the set goes when everything else has worked, and not before.
func TestNothingIsPrunedAfterAFailure(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	surplus := strings.Replace(config, "name: config", "name: surplus", 1)
	h.mustApply(ns, config, surplus)
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if ofObjects(r) && strings.HasSuffix(r.URL.Path, "/configmaps/config") {
			return refuses(403, "Forbidden", "denied by the test")(r, next)
		}
		return next()
	})
	if _, err := h.run(context.Background(), h.objects(ns, configTwo), ApplyOptions{}); err == nil || h.uid("cm", "surplus") == "" {
		t.Errorf("apply = %v; what failed, or what was pruned all the same: surplus is %q", err, h.uid("cm", "surplus"))
	}
	h.wire.break_(nil)
	never := strings.Replace(config, "{name: config,", `{name: config, annotations: {otomi.io/ready-when: "false"},`, 1)
	_, err := h.run(context.Background(), h.objects(ns, never), ApplyOptions{ReleaseTimeout: time.Second})
	if !errors.Is(err, ErrNotReady) || h.uid("cm", "surplus") == "" {
		t.Errorf("apply = %v; what is not ready, or what was pruned all the same: surplus is %q", err, h.uid("cm", "surplus"))
	}
	if r := h.mustApply(ns, config); r.Counts["pruned"] != 1 || h.uid("cm", "surplus") != "" {
		t.Errorf("apply when all is well = %v, want 1 pruned", r.Counts)
	}
}

// TestRemovedFieldComesBack: what a person takes out of an object leaves no entry of that person, only a gap in ours.
func TestRemovedFieldComesBack(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	h.mustApply(ns, config)
	h.kubectl("patch", "cm", "config", "-n", h.name, "--type=json", "-p", `[{"op":"remove","path":"/data/greeting"}]`)
	if r := h.mustApply(ns, config); r.Counts["updated"] != 1 || h.data() != `{"greeting":"hello"}` {
		t.Errorf("apply after a field was removed = %v, the data is %s", r.Counts, h.data())
	}
}
