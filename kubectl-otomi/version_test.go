package main

import (
	"context"
	"errors"
	"runtime/debug"
	"testing"
)

// TestInstalled: `go install …@v1.2.3` stamps nothing, and Go knows what it installed.
func TestInstalled(t *testing.T) {
	for _, c := range []struct{ stamped, built, want string }{
		{"v0.4.2", "v0.4.1", "v0.4.2"},
		{development, "v0.4.1", "v0.4.1"},
		{development, "v0.0.0-20261121142546-9d046aeff8ce", "v0.0.0-20261121142546-9d046aeff8ce"},
		{development, "(devel)", development},
		{development, "", development},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.built}}
		if got := installed(c.stamped, func() (*debug.BuildInfo, bool) { return info, true }); got != c.want {
			t.Errorf("stamped %s, built as %s: version %s, want %s", c.stamped, c.built, got, c.want)
		}
	}
	if got := installed(development, func() (*debug.BuildInfo, bool) { return nil, false }); got != development {
		t.Errorf("without build information: version %s", got)
	}
}

// TestAsk: a server that never answers is waited for no longer than it takes to give up, and nothing is an error.
func TestAsk(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		server func(context.Context) (string, error)
		want   versions
	}{
		{"answers", t.Context(), func(context.Context) (string, error) { return "v1.36.0", nil }, versions{Server: "v1.36.0"}},
		{"refuses", t.Context(), func(context.Context) (string, error) { return "", errors.New("refused") }, versions{NoServer: "refused"}},
		{"hangs", over, func(context.Context) (string, error) { select {} }, versions{NoServer: "no answer within 3s"}},
	} {
		var v versions
		if v.ask(c.ctx, c.server); v != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, v, c.want)
		}
	}
}
