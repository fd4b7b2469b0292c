// Package garbage puts off the first garbage collection of the program that imports it. Nothing goes in and nothing comes
// out: importing it is all. It imports next to nothing, so that it is initialised before the packages that allocate
// megabytes while they are: Go initialises packages by their paths, as soon as what they import is there.
package garbage

import (
	"math"
	"runtime"
	"runtime/debug"
)

// patience is how much memory the process may take before garbage is collected for the first time. Most runs end before:
// collecting while the heap is still small would be half of their work.
const patience = 192 << 20

func init() { //nolint:gochecknoinits // in main it would come after three collections, a third of what starting takes
	collectLate()
}

// collectLate has garbage collected as usual from the first collection on, which comes when patience is used up. Who has
// tuned the collector in the environment has the last word.
func collectLate() {
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(-1)
	if percent != 100 || limit != math.MaxInt64 {
		debug.SetGCPercent(percent)
		return
	}
	debug.SetMemoryLimit(patience)
	runtime.AddCleanup(new([16]byte), func(int) { // the first collection takes it
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}, 0)
}
