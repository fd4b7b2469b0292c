package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// children are the processes that a process has started and that run. Linux lists them by the thread that did.
func children(of int) []int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", of)) // fails only for a bad pattern
	var found []int
	for _, list := range lists {
		text, _ := os.ReadFile(list) // the thread may have ended
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				found = append(found, pid)
			}
		}
	}
	return found
}
