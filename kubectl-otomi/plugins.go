package main

import (
	"os"
	"slices"
	"syscall"
	"time"
)

// endPlugins ends the credential plugins that still run when the command has given up on them, with what they have started: they
// would hold the pipe that the command writes to, and a pipeline would wait for them. Before that they are left alone, since one may
// be waiting for a person. client-go starts them and does not say which processes they are, but no other child of ours outlives its use.
func (a *app) endPlugins() {
	if !a.plugged.Load() {
		return
	}
	started := descendants(os.Getpid())
	for _, p := range started {
		if p.Signal(syscall.SIGTERM) != nil {
			_ = p.Kill() // Windows has no signals
		}
	}
	const grace = 500 * time.Millisecond
	for end := time.Now().Add(grace); slices.ContainsFunc(started, running) && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	for _, p := range started {
		_ = p.Kill()
	}
}

func running(p *os.Process) bool { return p.Signal(syscall.Signal(0)) == nil }

// descendants are the processes that a process has started, and those that they have, parents first.
func descendants(of int) []*os.Process {
	var found []*os.Process
	for _, pid := range children(of) {
		p, err := os.FindProcess(pid)
		if err != nil || !slices.Contains(children(of), pid) {
			continue // it has ended, and its number may be another's by now
		}
		found = append(append(found, p), descendants(pid)...)
	}
	return found
}
