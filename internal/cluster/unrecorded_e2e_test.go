package cluster

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// TestInterruptedWithoutServer: a run whose end could not be written down says so, and what the inventory still says.
func TestInterruptedWithoutServer(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	ctx, interrupt := context.WithCancel(context.Background())
	p := must(h.makePlan(h.objects(ns, slow(), config)))
	lock := must(h.Client.Lock(ctx, h.ref, h.lock))
	result, err := h.Client.Apply(ctx, p, ApplyOptions{Lock: lock}, func(e Event) {
		if e.Type != EventWaiting || e.Object.Kind != "Job" || ctx.Err() != nil {
			return
		}
		h.wire.break_(func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
			return nil, syscall.ECONNREFUSED
		})
		interrupt()
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "record how the run ended in inventory "+h.ref.String()) ||
		!strings.Contains(err.Error(), "it says Applying still") {
		t.Errorf("apply = %v, want it to say that its end is not written down", err)
	}
	if result.State != inventory.Applying || result.Inventory.State != inventory.Applying {
		t.Errorf("the result is %s, the inventory %s, want Applying", result.State, result.Inventory.State)
	}
	h.wire.break_(nil)
	if err := lock.Release(context.Background()); err != nil {
		t.Error(err)
	}
	if inv := must(h.Load(context.Background(), h.ref)); inv.State != inventory.Applying || inv.Generation != result.Inventory.Generation {
		t.Errorf("the inventory is %s of generation %d, want what the result says: %+v", inv.State, inv.Generation, result.Inventory)
	}
	if r := h.mustApply(ns, task, config); r.State != inventory.Ready {
		t.Errorf("the next run = %s, want Ready", r.State)
	}
	if runs := must(h.Load(context.Background(), h.ref)).Runs; runs[0].State != inventory.Interrupted || runs[1].State != inventory.Ready {
		t.Errorf("the runs are %+v, want the first one interrupted", runs)
	}
}
