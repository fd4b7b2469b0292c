package cluster

import (
	"context"
	"net/http"
	"strings"
)

// fence is the last word before a request goes out: what writes for the holder of a lock waits until the lock is safe, and is
// not sent once it is lost. It stands this far down because requests are repeated, and kinds looked up, further up: a run that is
// suspended in the middle of that must not send what it checked before.
type fence struct{ next http.RoundTripper }

type fenceKey struct{}

// fenced makes requests with the context subject to the lock.
func fenced(ctx context.Context, lock *Lock) context.Context {
	if lock == nil {
		return ctx
	}
	return context.WithValue(ctx, fenceKey{}, lock)
}

// RoundTrip implements http.RoundTripper.
func (f fence) RoundTrip(r *http.Request) (*http.Response, error) {
	lock, _ := r.Context().Value(fenceKey{}).(*Lock)
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || strings.Contains(r.URL.RawQuery, "dryRun=All")
	if lock == nil || reads {
		return f.next.RoundTrip(r)
	}
	if err := lock.Check(r.Context()); err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // an http.RoundTripper has to
		}
		return nil, err
	}
	return f.next.RoundTrip(r)
}
