package main

import "golang.org/x/sys/unix"

// inRAM reports whether a folder's files are never written to a disk, swap aside.
func inRAM(dir string) bool {
	var info unix.Statfs_t
	return unix.Statfs(dir, &info) == nil && (info.Type == unix.TMPFS_MAGIC || info.Type == unix.RAMFS_MAGIC)
}
