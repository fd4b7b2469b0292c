package main

import (
	"syscall"
	"unsafe"
)

// children are the processes that a process has started and that run. Windows keeps the number of a parent that has ended, and gives
// it to others: a child is younger than its parent.
func children(of int) []int {
	snapshot, err := syscall.CreateToolhelp32Snapshot(syscall.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil
	}
	defer syscall.CloseHandle(snapshot) //nolint:errcheck // nothing was written
	born := birth(uint32(of))
	var found []int
	entry := syscall.ProcessEntry32{Size: uint32(unsafe.Sizeof(syscall.ProcessEntry32{}))}
	for err = syscall.Process32First(snapshot, &entry); err == nil; err = syscall.Process32Next(snapshot, &entry) {
		if entry.ParentProcessID == uint32(of) && born > 0 && birth(entry.ProcessID) >= born {
			found = append(found, int(entry.ProcessID))
		}
	}
	return found
}

// birth is when a process began, 0 where that is not known.
func birth(pid uint32) int64 {
	process, err := syscall.OpenProcess(syscall.PROCESS_QUERY_INFORMATION, false, pid)
	if err != nil {
		return 0
	}
	defer syscall.CloseHandle(process) //nolint:errcheck // nothing was written
	var began, ended, kernel, user syscall.Filetime
	if syscall.GetProcessTimes(process, &began, &ended, &kernel, &user) != nil {
		return 0
	}
	return began.Nanoseconds()
}
