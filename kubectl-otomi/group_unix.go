//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// ownGroup makes a process group of this process and of what it starts from here on; false: it leads one already, in which there may
// be others.
func ownGroup() bool {
	return syscall.Getpgrp() != os.Getpid() && syscall.Setpgid(0, 0) == nil
}

// dismiss ends all of the process group but this process.
func dismiss() {
	signal.Ignore(syscall.SIGTERM)
	_ = syscall.Kill(0, syscall.SIGTERM)
}
