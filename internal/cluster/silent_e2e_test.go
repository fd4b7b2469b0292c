package cluster

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/ready"
)

// TestTimeoutOfASilentServer: once the API server does not answer any more, a run whose time is up ends all the same, and says so.
func TestTimeoutOfASilentServer(t *testing.T) {
	h := e2e(t)
	h.cleanup()
	p := must(h.makePlan(h.objects(ns, slow())))
	ctx := context.Background()
	lock := must(h.Client.Lock(ctx, h.ref, LockOptions{}))
	var silent atomic.Bool
	h.wire.break_(func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error) {
		if silent.Load() {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		return next()
	})
	ended := make(chan error, 1)
	go func() {
		_, err := h.Client.Apply(ctx, p, ApplyOptions{Lock: lock, Timeout: 4 * time.Second}, func(e Event) {
			if e.Type == EventWaiting && e.State == ready.InProgress {
				silent.Store(true)
			}
		})
		ended <- err
	}()
	err := errors.New("it never ends")
	select {
	case err = <-ended:
	case <-t.Context().Done():
	}
	if !silent.Load() || !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), "the API server does not answer") ||
		!strings.Contains(err.Error(), "the server did not answer in time") {
		t.Errorf("apply = %v, want it not ready, and the server said to be silent", err)
	}
	h.wire.break_(nil)
	if err := lock.Release(ctx); err != nil {
		t.Error(err)
	}
}
