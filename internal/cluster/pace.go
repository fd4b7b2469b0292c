package cluster

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// pacer decides how many requests are under way at a time: as many as there are workers while the server keeps up, half as many
// whenever it says that it does not, and slowly more again.
type pacer struct {
	next http.RoundTripper
	now  func() time.Time
	most float64

	lock  sync.Mutex
	limit float64
	busy  int
	cut   time.Time     // when the limit was last halved
	freed chan struct{} // closed when there may be room
}

func newPacer(next http.RoundTripper, workers int, now func() time.Time) *pacer {
	return &pacer{next: next, now: now, most: float64(workers), limit: float64(workers), freed: make(chan struct{})}
}

// RoundTrip implements http.RoundTripper. A lock is renewed whatever the load, and watches are not waited for.
func (p *pacer) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/apis/coordination.k8s.io/") || r.URL.Query().Get("watch") != "" {
		return p.next.RoundTrip(r)
	}
	if err := p.begin(r.Context()); err != nil {
		return nil, err
	}
	began := p.now()
	answer, err := p.next.RoundTrip(r)
	over := err == nil && overloaded(answer.StatusCode)
	p.end(began, over, err == nil && !over)
	if wait := retryAfter(answer); over && wait != "" {
		tellDelay(r.Context(), fmt.Errorf("%s: the server asks to wait %s s", answer.Status, wait))
	}
	return answer, err
}

func overloaded(code int) bool {
	switch code {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

func retryAfter(answer *http.Response) string {
	if answer == nil {
		return ""
	}
	return answer.Header.Get("Retry-After")
}

// begin waits until there is room for a request.
func (p *pacer) begin(ctx context.Context) error {
	for {
		p.lock.Lock()
		if p.busy < int(p.limit) {
			p.busy++
			p.lock.Unlock()
			return nil
		}
		freed := p.freed
		p.lock.Unlock()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-freed:
		}
	}
}

// end makes room. What was sent before the last cut says nothing about the pace since.
func (p *pacer) end(began time.Time, over, well bool) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.busy--
	switch {
	case over && began.After(p.cut):
		p.limit, p.cut = max(1, p.limit/2), p.now()
	case well:
		p.limit = min(p.most, p.limit+1/p.limit)
	}
	close(p.freed)
	p.freed = make(chan struct{})
}

// delayKey is where a request's context has the function that wants to know when the server asks to come back later.
// client-go obeys and tells nobody.
type delayKey struct{}

func withDelays(ctx context.Context, tell func(error)) context.Context {
	return context.WithValue(ctx, delayKey{}, tell)
}

func tellDelay(ctx context.Context, err error) {
	if tell, ok := ctx.Value(delayKey{}).(func(error)); ok {
		tell(err)
	}
}
