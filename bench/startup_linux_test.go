package bench

import (
	"os"
	"os/exec"
	"testing"
)

// BenchmarkStartup runs whole processes: one that does nothing but start, those that render the example, and what a shell asks
// for when TAB is pressed, which has 100 cpu-ms. The metrics are medians; MiB is the peak of the memory, binary-MiB the size of
// the program.
func BenchmarkStartup(b *testing.B) {
	for name, args := range map[string][]string{
		"version":     {"version"},
		"tab":         {"__complete", ""},
		"tab-release": {"__complete", "apply", "-C", "../examples/acme", "--cluster", "dev", "--release", ""},
		"tab-path":    {"__complete", "explain", "-C", "../examples/acme", "--cluster", "dev", "apps."},
		"template":    {"template", "-C", "../examples/acme", "--cluster", "dev"},
		"validate":    {"validate", "-C", "../examples/acme", "--cluster", "dev"},
	} {
		b.Run(name, func(b *testing.B) {
			file := program(b, "kubectl-otomi")
			var ours runs
			for b.Loop() {
				ours.run(b, exec.Command(file, args...))
			}
			b.ReportMetric(ours.wall()*1000, "ms")
			b.ReportMetric(ours.cpu()*1000, "cpu-ms")
			b.ReportMetric(ours.mib(), "MiB")
			if info, err := os.Stat(file); err == nil {
				b.ReportMetric(float64(info.Size())/(1<<20), "binary-MiB")
			}
		})
	}
}
