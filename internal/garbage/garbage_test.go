package garbage

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func state() (percent int, limit int64) {
	percent, limit = debug.SetGCPercent(-1), debug.SetMemoryLimit(-1)
	debug.SetGCPercent(percent)
	return percent, limit
}

// TestCollectLate: nothing is collected at first, and everything is as usual after the first collection.
func TestCollectLate(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	collectLate()
	if p, l := state(); p != -1 || l != patience {
		t.Errorf("after collectLate: %d%%, limit %d, want no collection before %d bytes", p, l, patience)
	}
	runtime.GC()
	for range 1000 {
		if p, l := state(); p == 100 && l == math.MaxInt64 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	p, l := state()
	t.Errorf("after a collection: %d%%, limit %d, want both as usual", p, l)
}

func TestCollectAsTold(t *testing.T) {
	percent, limit := state()
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	for _, told := range []struct {
		percent int
		limit   int64
	}{{50, math.MaxInt64}, {100, 1 << 40}, {-1, math.MaxInt64}} {
		debug.SetGCPercent(told.percent)
		debug.SetMemoryLimit(told.limit)
		collectLate()
		if p, l := state(); p != told.percent || l != told.limit {
			t.Errorf("collectLate made %d%% and a limit of %d of %v", p, l, told)
		}
	}
}
