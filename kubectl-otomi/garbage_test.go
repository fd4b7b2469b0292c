package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestCollectLate: nothing is collected at first, and everything is as before after the first collection.
func TestCollectLate(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	percent, limit := debug.SetGCPercent(70), debug.SetMemoryLimit(math.MaxInt64-1)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	state := func() (percent int, limit int64) {
		percent, limit = debug.SetGCPercent(-1), debug.SetMemoryLimit(-1)
		debug.SetGCPercent(percent)
		return percent, limit
	}
	collectLate()
	if p, l := state(); p != -1 || l != patience {
		t.Errorf("after collectLate: %d%%, limit %d, want no collection before %d bytes", p, l, patience)
	}
	runtime.GC()
	for range 1000 {
		if p, l := state(); p == 70 && l == math.MaxInt64-1 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	p, l := state()
	t.Errorf("after a collection: %d%%, limit %d, want both as they were", p, l)
}

func TestCollectAsTold(t *testing.T) {
	t.Setenv("GOGC", "50")
	before := debug.SetMemoryLimit(-1)
	collectLate()
	if after := debug.SetMemoryLimit(-1); after != before {
		t.Errorf("collectLate set a limit of %d, although GOGC is set", after)
	}
}
