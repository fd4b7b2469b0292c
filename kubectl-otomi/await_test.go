package main

import (
	"context"
	"errors"
	"testing"
)

func TestAwait(t *testing.T) {
	want := errors.New("done")
	if err := await(t.Context(), func() error { return want }); err != want { //nolint:errorlint // it is passed on as it is
		t.Errorf("await = %v, want %v", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	never := make(chan struct{})
	defer close(never)
	err := await(ctx, func() error {
		cancel()
		<-never
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("await of what does not end = %v, want %v", err, context.Canceled)
	}
}
