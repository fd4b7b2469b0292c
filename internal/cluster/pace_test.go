package cluster

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"
)

// answering is a server that answers with the codes it is told, in order, and then 200.
type answering struct {
	codes []int
	err   error
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	code := http.StatusOK
	if len(a.codes) > 0 {
		code, a.codes = a.codes[0], a.codes[1:]
	}
	return answer(r, code, http.Header{"Retry-After": {"1"}}, ""), nil
}

func TestPaceHalvesAndGrowsBack(t *testing.T) {
	now := time.Unix(0, 0)
	server := &answering{codes: []int{429, 503, 200, 500}}
	p := newPacer(server, 32, func() time.Time { now = now.Add(time.Millisecond); return now })
	var told []string
	ctx := withDelays(context.Background(), func(err error) { told = append(told, err.Error()) })
	send := func(path string) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPatch, "https://x"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.RoundTrip(r)
		if err == nil {
			_ = res.Body.Close()
		}
	}
	want := func(limit int) {
		t.Helper()
		if int(p.limit) != limit || p.busy != 0 {
			t.Errorf("the limit is %v with %d under way, want %d with none", p.limit, p.busy, limit)
		}
	}
	send("/")
	want(16)
	send("/")
	want(8)
	send("/")
	send("/")
	want(4)
	for range 4 {
		send("/")
	}
	want(4)
	send("/")
	want(5)
	for range 1000 {
		send("/")
	}
	want(32)
	if len(told) != 3 {
		t.Errorf("told %q, want the three delays", told)
	}
	server.err = errors.New("reset")
	send("/")
	want(32)
}

// TestPaceForgivesOldRequests: a burst of refusals of what was sent at the same time is one sign, not many.
func TestPaceForgivesOldRequests(t *testing.T) {
	now := time.Unix(100, 0)
	p := newPacer(nil, 32, func() time.Time { return now })
	began := now
	now = now.Add(time.Second)
	for range 20 {
		if err := p.begin(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		p.end(began, true, false)
	}
	if p.limit != 16 {
		t.Errorf("the limit is %v after one burst, want 16", p.limit)
	}
}

func TestPaceLimits(t *testing.T) {
	p := newPacer(nil, 4, time.Now)
	p.limit = 2
	for range 2 {
		if err := p.begin(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Add(1)
	var err error
	go func() { defer wait.Done(); err = p.begin(ctx) }()
	cancel()
	if wait.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("a third request began: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- p.begin(context.Background()) }()
	p.end(time.Now(), false, true)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
