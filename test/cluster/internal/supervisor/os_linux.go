package supervisor

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithParent has the kernel kill a component when the supervisor ends, even one that is stopped or stuck.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// watch calls gone once when the process ends. It watches that very process, also if its number is used again.
func watch(pid int, gone func()) error {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		gone()
		return nil
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
		return watchByPolling(pid, gone) // an old kernel, or a sandbox
	case err != nil:
		return fmt.Errorf("watch process %d: %w", pid, err)
	}
	go func() {
		defer func() { _ = unix.Close(fd) }()
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
			if n > 0 || (err != nil && !errors.Is(err, unix.EINTR)) {
				gone()
				return
			}
		}
	}()
	return nil
}
