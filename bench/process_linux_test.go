package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// spent is what one run of programs took.
type spent struct {
	wall, cpu time.Duration
	peak      float64 // bytes, of the largest process, without those that it starts itself
}

// runs collects what runs took. Medians are reported: the machine has other things to do, too.
type runs []spent

// run runs commands one after another, as one run, and returns what they printed. They must succeed.
func (r *runs) run(tb testing.TB, commands ...*exec.Cmd) []byte {
	tb.Helper()
	return r.ending(tb, 0, commands...)
}

// ending is run for commands that end with a code: 1 is how programs say that they found something.
func (r *runs) ending(tb testing.TB, code int, commands ...*exec.Cmd) []byte {
	tb.Helper()
	var s spent
	var out bytes.Buffer
	for _, cmd := range commands {
		var complaints bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaints
		start := time.Now()
		if err := cmd.Start(); err != nil {
			tb.Fatal(err)
		}
		peak := watch(cmd.Process.Pid)
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != code {
			tb.Fatalf("%v: %v\n%s", cmd.Args, err, complaints.Bytes())
		}
		s.wall += time.Since(start)
		s.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		s.peak = max(s.peak, peak())
	}
	*r = append(*r, s)
	return out.Bytes()
}

// watch reads the peak of a process's memory until it ends: what the system says of one that has ended counts the memory of
// the one that started it.
func watch(pid int) (peak func() float64) {
	done, result := make(chan struct{}), make(chan float64)
	go func() {
		for most := 0.0; ; {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // gone: it has ended
			if _, after, found := strings.Cut(string(status), "VmHWM:"); found {
				kib, _ := strconv.ParseFloat(strings.Fields(after)[0], 64)
				most = max(most, kib*1024)
			}
			select {
			case <-done:
				result <- most
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() float64 { close(done); return <-result }
}

func (r runs) median(of func(spent) float64) float64 {
	all := make([]float64, len(r))
	for i, s := range r {
		all[i] = of(s)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func (r runs) wall() float64 { return r.median(func(s spent) float64 { return s.wall.Seconds() }) }
func (r runs) cpu() float64  { return r.median(func(s spent) float64 { return s.cpu.Seconds() }) }
func (r runs) mib() float64  { return r.median(func(s spent) float64 { return s.peak / (1 << 20) }) }

// program is one of bin/; without it the benchmark is left out.
func program(b *testing.B, name string) string {
	b.Helper()
	file, err := filepath.Abs("../bin/" + name)
	if err == nil {
		_, err = os.Stat(file)
	}
	if err != nil {
		b.Skipf("make builds %s where it can be had: %v", name, err)
	}
	return file
}
