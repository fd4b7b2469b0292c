package supervisor

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// watchByPolling calls gone when no process has the number any more.
func watchByPolling(pid int, gone func()) error {
	if pid <= 0 {
		return fmt.Errorf("watch process %d: no such number", pid)
	}
	go func() {
		// A process that may not be signalled exists.
		for !errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			time.Sleep(200 * time.Millisecond)
		}
		gone()
	}()
	return nil
}
