//go:build unix && !linux

package main

import (
	"bytes"
	"fmt"
	"os/exec"
)

// children are the processes that a process has started and that run.
func children(of int) []int {
	var text bytes.Buffer
	ps := exec.Command("ps", "-A", "-o", "pid=,ppid=")
	ps.Stdout = &text
	if ps.Run() != nil {
		return nil
	}
	var found []int
	var pid, parent int
	for {
		if n, _ := fmt.Fscan(&text, &pid, &parent); n < 2 {
			return found
		}
		if parent == of && pid != ps.Process.Pid {
			found = append(found, pid)
		}
	}
}
