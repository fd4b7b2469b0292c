package bench

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/intake"
	"github.com/otomi/kubectl-otomi/internal/manifest"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/relation"
)

// BenchmarkStations tells how the processor time of the check of ten thousand objects divides: reading YAML, Kubernetes' schemas,
// objects against each other, compiling the policies and judging by them. It runs in this process, as few collections of garbage
// as the program's among it.
func BenchmarkStations(b *testing.B) {
	objects := manifests(b, spoil)
	for _, n := range []int{5, 50} {
		folder := forUs(b, checks()[:n])
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			files, findings := intake.Folder(os.DirFS(objects), "", false)
			if findings.Failed() {
				b.Fatal(findings)
			}
			took := map[string]float64{}
			var now float64
			station := func(name string) { took[name] += cpu(b) - now; now = cpu(b) }
			for b.Loop() {
				runtime.GC()
				now = cpu(b)
				read, findings := intake.Read(b.Context(), files)
				station("read")
				wrong := manifest.Check(b.Context(), read, manifest.Options{})
				station("manifests")
				loose := relation.Check(read)
				station("relations")
				set, more := policy.LoadDir(os.DirFS(folder), nil)
				station("compile")
				found := set.Check(b.Context(), read, policy.Settings{}, time.Time{}).Findings
				station("judge")
				if len(read) != 10_000 || findings.Failed() || wrong.Failed() || loose.Failed() || more.Failed() || len(found) < 100 {
					b.Fatal(len(read), findings, wrong, loose, more, len(found))
				}
			}
			b.ReportMetric(0, "ns/op")
			for name, seconds := range took {
				b.ReportMetric(seconds*1000/float64(b.N), name+"-cpu-ms")
			}
		})
	}
}
