package apply

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestReaderLeaves: whoever reads what apply prints goes away in the middle, as head does. The run goes on to its end, and the
// inventory says so.
func TestReaderLeaves(t *testing.T) {
	for set, both := range map[string]bool{"leaves-stdout": false, "leaves-both": true} {
		t.Run(set, func(t *testing.T) {
			e := newEnv(t, steps(set))
			w := e.wire()
			t.Cleanup(func() { e.otomi(0, "destroy", "--inventory", set, "--yes") })
			w.holding(sendsFirst)
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(plugin(), "apply", "-f", "all.yaml", "--inventory", set, "--yes", "-o", "jsonl")
			cmd.Dir, cmd.Env = e.dir, append(os.Environ(), "HOME="+e.dir, "KUBECONFIG="+w.kubeconfig)
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = write, &said
			if both {
				cmd.Stderr = write
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			e.Cleanup(func() { _ = cmd.Process.Kill() }) // nothing, when it has ended as it should
			_ = write.Close()
			if first, err := bufio.NewReader(read).ReadString('\n'); err != nil || first == "" {
				t.Errorf("the first line is %q, %v", first, err)
			}
			<-w.held
			_ = read.Close()
			w.release()
			if err := cmd.Wait(); err != nil || strings.Contains(said.String(), "panic") {
				t.Errorf("when nobody reads it any more it ends with %v\n%s", err, said.String())
			}
			if got := e.state(set); got != "Ready" || e.holder(set) != "" {
				t.Errorf("the state is %s, and the lock is held by %q", got, e.holder(set))
			}
			e.kubectl("-n", set, "get", "configmap", "first", "second")
		})
	}
}
