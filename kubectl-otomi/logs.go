package main

import (
	"context"
	"log/slog"

	"k8s.io/klog/v2"
)

// logs sends what client-go and its credential plugins log to stderr with -v, and nowhere without: what matters of it comes back as
// errors.
func (a *app) logs() {
	klog.SetSlogLogger(slog.New(&logs{Handler: slog.NewTextHandler(a.ErrOut, nil), said: &a.verbose}))
}

// logs is a handler that is silent unless it is to be heard, which is known when the flags are read.
type logs struct {
	slog.Handler
	said *bool
}

// Handle writes a record, or does not.
func (l *logs) Handle(ctx context.Context, r slog.Record) error {
	if !*l.said {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs keeps the handler one that can be silent.
func (l *logs) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logs{l.Handler.WithAttrs(attrs), l.said}
}

// WithGroup keeps the handler one that can be silent.
func (l *logs) WithGroup(name string) slog.Handler { return &logs{l.Handler.WithGroup(name), l.said} }
