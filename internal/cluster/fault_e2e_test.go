package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
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

// TestPassingFaults lets every write fail once, or succeed without an answer, in the ways servers and networks do.
func TestPassingFaults(t *testing.T) {
	const status = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"%s","code":%d,"message":"%s"}`
	json := http.Header{"Content-Type": {"application/json"}}
	later := http.Header{"Content-Type": {"application/json"}, "Retry-After": {"1"}}
	for name, fail := range map[string]func(*http.Request, func() (*http.Response, error)) (*http.Response, error){
		"answer lost": func(_ *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
			if res, err := next(); err == nil {
				_ = res.Body.Close()
			}
			return nil, errors.New("read tcp: connection reset by peer")
		},
		"too many requests": func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			return answer(r, 429, later, fmt.Sprintf(status, "TooManyRequests", 429, "busy")), nil
		},
		"webhook down": func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			return answer(r, 500, json, fmt.Sprintf(status, "InternalError", 500, "failed calling webhook")), nil
		},
		"unavailable": func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			return answer(r, 503, json, fmt.Sprintf(status, "ServiceUnavailable", 503, "starting")), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := e2e(t)
			h.cleanup()
			var lock sync.Mutex
			seen := map[string]bool{}
			h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
				key := r.Method + r.URL.Path
				lock.Lock()
				first := writes(r) && !strings.Contains(r.URL.Path, "leases") && !seen[key]
				seen[key] = seen[key] || first
				lock.Unlock()
				if first {
					return fail(r, next)
				}
				return next()
			})
			h.mustApply(ns, config, service)
			r := h.mustApply(ns, service)
			if r.Counts["pruned"] != 1 || r.Counts["unchanged"] != 2 {
				t.Errorf("apply = %v, want 1 pruned and 2 unchanged", r.Counts)
			}
		})
	}
}

// TestCrashAtEveryWrite kills a run at each of its writes in turn, before and after the server carried it out. Running again
// must end as a run that was not killed.
func TestCrashAtEveryWrite(t *testing.T) {
	task := strings.Replace(task, "{devcluster.otomi.io/job-duration: 1s}", "{}", 1)
	before := []string{ns, config, task}
	after := []string{ns, strings.Replace(config, "hello", "bye", 1), service, strings.Replace(task, "[one]", "[two]", 1)}
	for _, carriedOut := range []bool{false, true} {
		t.Run(map[bool]string{false: "lost", true: "done"}[carriedOut], func(t *testing.T) {
			h := e2e(t)
			h.lock = quick()
			h.cleanup()
			for n := int64(1); ; n++ {
				h.mustApply(before...)
				if !h.crash(n, carriedOut, after) {
					if n < 5 {
						t.Errorf("the run made only %d writes", n-1)
					}
					break
				}
				r := h.mustApply(after...)
				h.asAfterACleanRun(fmt.Sprintf("killed at write %d", n), r, 4)
			}
		})
	}
}

// crash applies until the nth write and reports whether the run came that far.
func (h *harness) crash(n int64, carriedOut bool, set []string) bool {
	ctx, kill := context.WithCancel(context.Background())
	defer kill()
	var count atomic.Int64
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		nth := int64(0)
		if writes(r) {
			nth = count.Add(1)
		}
		if nth < n && count.Load() < n {
			return next()
		}
		if nth == n && carriedOut {
			if res, err := next(); err == nil {
				_ = res.Body.Close()
			}
		}
		kill()
		return nil, errors.New("killed")
	})
	p, err := h.makePlan(h.objects(set...))
	if err != nil {
		h.Fatal(err)
	}
	// As if killed: nobody releases the lock, nobody writes down how it ended.
	lock, err := h.Client.Lock(ctx, h.ref, h.lock)
	if err == nil {
		_, _ = h.Client.Apply(ctx, p, ApplyOptions{Lock: lock, RetryTimeout: time.Millisecond}, nil)
		lock.stop()
		<-lock.stopped
	}
	h.wire.break_(nil)
	return ctx.Err() != nil
}

// asAfterACleanRun checks that the inventory and the cluster agree and that nothing is left to do.
func (h *harness) asAfterACleanRun(what string, r *Result, objects int) {
	h.Helper()
	if r.State != inventory.Ready || len(r.Inventory.Entries) != objects {
		h.Errorf("%s: %s with %d entries, want Ready with %d", what, r.State, len(r.Inventory.Entries), objects)
	}
	for _, e := range r.Inventory.Entries {
		if e.UID == "" || e.Hash == "" || !e.Created {
			h.Errorf("%s: entry %+v", what, e)
		}
		uid := h.kubectl("get", strings.ToLower(e.Kind), e.Name, "-n", e.Namespace, "-o", "jsonpath={.metadata.uid}")
		if uid != string(e.UID) {
			h.Errorf("%s: %s has uid %s, recorded is %s", what, e.ID, uid, e.UID)
		}
	}
}

func TestInterruptedRunSaysSoAndCanGoOn(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	slow := strings.Replace(task, "job-duration: 1s", "job-duration: 60s", 1)
	ctx, interrupt := context.WithCancel(context.Background())
	time.AfterFunc(2*time.Second, interrupt)
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
