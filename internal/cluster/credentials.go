package cluster

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"k8s.io/client-go/rest"
)

// httpClient is the client of a configuration, whose requests end when their context does, also where a program that the kubeconfig
// names for credentials does not answer: client-go waits for that one whatever the context says.
func httpClient(config *rest.Config) (*http.Client, error) {
	if config.ExecProvider == nil {
		return rest.HTTPClientFor(config)
	}
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return credited{next} })
	h, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	h.Transport = impatient{h.Transport, config.ExecProvider.Command}
	return h, nil
}

type creditedKey struct{}

// credited stands behind the program: what comes this far has its credentials.
type credited struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (c credited) RoundTrip(r *http.Request) (*http.Response, error) {
	if has, ok := r.Context().Value(creditedKey{}).(*atomic.Bool); ok {
		has.Store(true)
	}
	return c.next.RoundTrip(r)
}

// impatient stands before the program, and leaves a request whose context has ended to itself.
type impatient struct {
	next    http.RoundTripper
	program string
}

// RoundTrip implements http.RoundTripper.
func (i impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	var has atomic.Bool
	type result struct {
		answer *http.Response
		err    error
	}
	ctx := r.Context()
	r = r.WithContext(context.WithValue(ctx, creditedKey{}, &has))
	done := make(chan result)
	go func() {
		answer, err := i.next.RoundTrip(r) //nolint:bodyclose // by who receives it, or here
		select {
		case done <- result{answer, err}:
		case <-ctx.Done():
			if answer != nil {
				_ = answer.Body.Close()
			}
		}
	}()
	select {
	case got := <-done:
		return got.answer, got.err
	case <-ctx.Done():
		if !has.Load() {
			return nil, fmt.Errorf("the kubeconfig's credential plugin %s did not answer (run it by hand to see what it waits for): %w", i.program, ctx.Err())
		}
		return nil, ctx.Err()
	}
}
