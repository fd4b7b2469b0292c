package main

import (
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
