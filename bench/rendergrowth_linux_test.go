package bench

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// BenchmarkRenderGrowth renders more and more releases in this process, from the merged values on. x-growth is the processor
// time per object in relation to that of the fewest releases.
func BenchmarkRenderGrowth(b *testing.B) {
	var fewest float64
	for _, n := range []int{21, 84, 336} {
		b.Run(fmt.Sprintf("releases=%d", n), func(b *testing.B) {
			in := input(b, installation(b, releases(n)))
			made, start := 0, cpu(b)
			for b.Loop() {
				made = len(rendered(b, in))
			}
			perObject := (cpu(b) - start) / float64(b.N) / float64(made)
			if fewest == 0 {
				fewest = perObject
			}
			b.ReportMetric(float64(made), "objects")
			b.ReportMetric(float64(made*b.N)/b.Elapsed().Seconds(), "objects/s")
			b.ReportMetric(perObject*1e6, "cpu-us/object")
			b.ReportMetric(perObject/fewest, "x-growth")
		})
	}
}

// cpu is the processor time of this process so far, in seconds.
func cpu(b *testing.B) float64 {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// input is what rendering an installation starts from.
func input(b *testing.B, dir string) render.Input {
	b.Helper()
	fsys := os.DirFS(dir)
	r, findings := repo.Load(fsys, dir)
	opener := core.Opener{Dir: func(p string) (fs.FS, error) { return os.DirFS(filepath.Join(dir, p)), nil }}
	stack, more := opener.Open(r.CoreOf(&r.Clusters[0]), kubeVersion)
	files, evenMore := r.Files(fsys, &r.Clusters[0])
	if findings.Failed() || more.Failed() || evenMore.Failed() {
		b.Fatal(findings, more, evenMore)
	}
	tree, findings := merge(b, fsys, files).With(values.Layer{Root: r.Clusters[0].Facts()})
	if findings.Failed() {
		b.Fatal(findings)
	}
	return render.Input{Core: stack, Tree: tree}
}

func rendered(b *testing.B, in render.Input) []object.Object {
	b.Helper()
	all, findings := render.Releases(b.Context(), in)
	made, more := render.Objects(b.Context(), in, all)
	if findings.Failed() || more.Failed() {
		b.Fatal(findings, more)
	}
	return made
}
