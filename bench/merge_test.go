// Package bench measures the project against its peers: make bench.
package bench

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/otomi/kubectl-otomi/internal/repo"
)

// BenchmarkMerge merges layers with the place of every value, in this process, from files in memory to a tree that is not
// printed. The result is checked first. The metrics: the time in relation to yaml.v3 parsing the same
// bytes, alone and on one core (x-parse), and the time per byte in relation to that of the fewest layers (x-growth).
func BenchmarkMerge(b *testing.B) {
	var fewest float64
	for _, n := range []int{100, 1000, 10_000} {
		fsys, files := layers(n)
		b.Run(fmt.Sprintf("layers=%d", n), func(b *testing.B) {
			agree(b, plain(b, fsys, files), merge(b, fsys, files).Value())
			perByte := measure(b, fsys, files)
			if fewest == 0 {
				fewest = perByte
			}
			b.ReportMetric(perByte, "ns/byte")
			b.ReportMetric(perByte/fewest, "x-growth")
		})
	}
}

// measure merges and parses in turns, so that both see the same machine.
func measure(b *testing.B, fsys fstest.MapFS, files []repo.LayerFile) (perByte float64) {
	b.Helper()
	bytes := size(fsys)
	b.SetBytes(int64(bytes))
	var limit time.Duration
	for b.Loop() {
		merge(b, fsys, files)
		b.StopTimer()
		start := time.Now()
		parse(b, fsys, files)
		limit += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(limit), "x-parse")
	return float64(b.Elapsed()) / float64(b.N) / float64(bytes)
}
