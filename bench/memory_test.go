package bench

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/repo"
)

// BenchmarkMergeMemory measures the peak of the resident memory of processes of this test program: one that merges a
// thousand layers, one that keeps the same bytes as yaml.v3's nodes, and one that does nothing. x-nodes-memory is the first
// in relation to the second, after the third is taken off both; x-process-memory is the same with it.
func BenchmarkMergeMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the peak of a process is read from /proc")
	}
	fsys, files := layers(1000)
	dir := write(b, fsys)
	var merged, nodes, nothing float64
	for b.Loop() {
		merged += peak(b, "merge", dir, len(files))
		nodes += peak(b, "nodes", dir, len(files))
		nothing += peak(b, "nothing", dir, len(files))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(merged/float64(b.N)/(1<<20), "MiB")
	b.ReportMetric(nodes/float64(b.N)/(1<<20), "nodes-MiB")
	b.ReportMetric((merged-nothing)/(nodes-nothing), "x-nodes-memory")
	b.ReportMetric(merged/nodes, "x-process-memory")
}

// peak runs TestPeak in a process of its own and returns the bytes that it says.
func peak(b *testing.B, what, dir string, layers int) float64 {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestPeak$", "-test.v")
	cmd.Env = append(os.Environ(), "BENCH_PEAK="+what, "BENCH_DIR="+dir, "BENCH_LAYERS="+strconv.Itoa(layers))
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	_, after, _ := strings.Cut(string(out), "peak:")
	var kib float64
	if _, err := fmt.Sscanf(after, "%f", &kib); err != nil {
		b.Fatalf("no peak in %s", out)
	}
	return kib * 1024
}

// TestPeak is what BenchmarkMergeMemory runs.
func TestPeak(t *testing.T) {
	what := os.Getenv("BENCH_PEAK")
	if what == "" {
		t.Skip("it is the inside of BenchmarkMergeMemory")
	}
	n, err := strconv.Atoi(os.Getenv("BENCH_LAYERS"))
	if err != nil {
		t.Fatal(err)
	}
	files := make([]repo.LayerFile, n)
	for i := range files {
		files[i].Path = fmt.Sprintf("env/layer%05d.yaml", i)
	}
	var kept any
	switch what {
	case "merge":
		kept = merge(t, os.DirFS(os.Getenv("BENCH_DIR")), files)
	case "nodes":
		kept = parse(t, os.DirFS(os.Getenv("BENCH_DIR")), files)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Printf("peak:%s\n", strings.Fields(after)[0])
	runtime.KeepAlive(kept)
}
