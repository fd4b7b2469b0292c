package apply

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSuspendedWhileWriting: a run is suspended with its workers in the middle of their requests, and sleeps until another one has
// finished. What was on its way when it fell asleep must not go out when it wakes up. More than once: the moment decides what that is.
func TestSuspendedWhileWriting(t *testing.T) {
	const objects, trials = 500, 3
	for trial := range trials {
		set := fmt.Sprintf("doze-%d", trial)
		t.Run(set, func(t *testing.T) {
			e := newEnv(t, many("a", set, objects)+many("b", set, objects))
			apply := func(file string) []string {
				return []string{"apply", "-f", file + ".yaml", "--inventory", "default/" + set, "--yes", "--lock-expiry", "3s", "-o", "jsonl"}
			}
			t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", "default/"+set, "--yes") })
			s := e.start(e.cluster.kubeconfig, apply("a")...)
			for strings.Count(s.printed(), `"status":"applied"`) < 100+50*trial {
				time.Sleep(time.Millisecond)
				select {
				case <-s.ended:
					t.Fatalf("it has ended\n%s", s.printed())
				default:
				}
			}
			s.signal(syscall.SIGSTOP)
			e.otomi(0, apply("b")...)
			before := e.held(set)
			if n := strings.Count(before, "=b\n"); n != objects {
				t.Errorf("after the second run %d objects are its own, want %d", n, objects)
			}
			s.signal(syscall.SIGCONT)
			if status := s.ends(); status.ExitStatus() != 5 || !strings.Contains(s.printed(), "nothing more was written") {
				t.Errorf("the run that was suspended ends with %v, want exit code 5\n%s", status.ExitStatus(), s.printed())
			}
			if after := e.held(set); after != before {
				t.Errorf("the run that was suspended wrote something: %d objects are the second run's, want %d", strings.Count(after, "=b\n"), objects)
			}
		})
	}
}

// many is a file with a namespace and ConfigMaps that say whose they are.
func many(by, namespace string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "-- %s.yaml --\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n", by, namespace)
	for i := range n {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d, namespace: %s}\ndata: {by: %s}\n", i, namespace, by)
	}
	return b.String()
}

// held is what is in the cluster of a set whose namespace has its name: objects, inventory and lock, and when each was written.
func (e *env) held(set string) string {
	e.Helper()
	columns := `jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion}={.data.by}{"\n"}{end}`
	return e.kubectl("get", "-n", set, "configmaps", "-l", "applyset.kubernetes.io/part-of", "-o", columns) + "\n" +
		e.kubectl("get", "namespace", set, "-o", "jsonpath={.metadata.resourceVersion}") + " " +
		e.kubectl("get", "-n", "default", "secret", set, "-o", "jsonpath={.metadata.resourceVersion}") + " " +
		e.kubectl("get", "-n", "default", "lease", set, "-o", "jsonpath={.metadata.resourceVersion}")
}
