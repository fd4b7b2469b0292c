package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkStartup runs whole processes: one that does nothing but start, and those that check and render the example. The
// metrics are medians; MiB is the peak of the memory, binary-MiB the size of the program.
func BenchmarkStartup(b *testing.B) {
	for name, args := range map[string][]string{
		"version":  {"version", "--client"},
		"template": {"template", "-C", "../examples/acme", "--cluster", "dev"},
		"validate": {"validate", "-C", "../examples/acme", "--cluster", "dev"},
	} {
		b.Run(name, func(b *testing.B) {
			file := program(b, "kubectl-otomi")
			var ours runs
			for b.Loop() {
				ours.run(b, exec.Command(file, args...))
			}
			ours.report(b)
			if info, err := os.Stat(file); err == nil {
				b.ReportMetric(float64(info.Size())/(1<<20), "binary-MiB")
			}
		})
	}
}

// tabLimit is how long a person waits for an answer to TAB at most.
const tabLimit = 100 * time.Millisecond

// BenchmarkTab asks what a shell asks when TAB is pressed: kubectl, which starts the plugin's completion. Its own start is
// kubectl's share, which kubectl alone shows.
func BenchmarkTab(b *testing.B) {
	file := program(b, "kubectl")
	completion, err := filepath.Abs("../kubectl-otomi/completion")
	if err != nil {
		b.Fatal(err)
	}
	b.Setenv("PATH", strings.Join([]string{filepath.Dir(program(b, "kubectl-otomi")), completion, os.Getenv("PATH")}, string(os.PathListSeparator)))
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"kubectl":  {[]string{"get", "--sh"}, "--show-labels"},
		"commands": {[]string{"otomi", ""}, "apply"},
		"releases": {[]string{"otomi", "apply", "-C", "../examples/acme", "--cluster", "dev", "--release", ""}, "task-shop--migrate"},
		"paths":    {[]string{"otomi", "explain", "-C", "../examples/acme", "--cluster", "dev", "apps."}, "apps.hello"},
	} {
		b.Run(name, func(b *testing.B) {
			var asked runs
			for b.Loop() {
				if out := asked.run(b, exec.Command(file, append([]string{"__complete"}, c.args...)...)); !strings.Contains(string(out), c.want) {
					b.Fatalf("no %s in the answer:\n%s", c.want, out)
				}
			}
			asked.report(b)
			if wall := time.Duration(asked.wall() * float64(time.Second)); wall > tabLimit {
				b.Errorf("an answer takes %s, more than %s", wall, tabLimit)
			}
		})
	}
}

func (r runs) report(b *testing.B) {
	b.ReportMetric(r.wall()*1000, "ms")
	b.ReportMetric(r.cpu()*1000, "cpu-ms")
	b.ReportMetric(r.mib(), "MiB")
}
