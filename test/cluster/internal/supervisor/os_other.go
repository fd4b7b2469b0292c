//go:build unix && !linux

package supervisor

import "syscall"

// dieWithParent has no counterpart here: the lifeline ends the components.
func dieWithParent() *syscall.SysProcAttr {
	return nil
}

// watch calls gone once when the process ends.
func watch(pid int, gone func()) error {
	return watchByPolling(pid, gone)
}
