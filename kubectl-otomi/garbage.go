package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// patience is how much memory the process may take before garbage is collected for the first time. Most runs end before:
// collecting while the heap is still small would be half of their work.
const patience = 192 << 20

// collectLate has garbage collected as usual from the first collection on, which comes when patience is used up. Who has
// tuned the collector in the environment has the last word.
func collectLate() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	usual, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(patience)
	runtime.AddCleanup(new([16]byte), func(int) { // the first collection takes it
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(usual)
	}, 0)
}
