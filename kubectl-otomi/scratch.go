package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// scratch is a file for plain text that must not outlive the command: alone in a folder that only the user can enter, where
// editors may also leave their swap and backup files.
type scratch struct{ dir, file string }

// newScratch makes one outside the repo, in memory if there is such a place.
func newScratch(repo, name string, text []byte) (s scratch, inMemory bool, err error) {
	for _, parent := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm", os.TempDir()} {
		inMemory = inRAM(parent)
		if parent == "" || inside(repo, parent) || !inMemory && parent != os.TempDir() {
			continue
		}
		if s.dir, err = os.MkdirTemp(parent, "kubectl-otomi-"); err != nil {
			continue
		}
		s.file = filepath.Join(s.dir, name)
		if err = os.WriteFile(s.file, text, 0o600); err != nil {
			_ = s.remove() // nothing was written to it
			continue
		}
		return s, inMemory, nil
	}
	if err == nil {
		return s, false, fmt.Errorf("make a temporary file: %s is inside the values repo; set TMPDIR to a folder outside", os.TempDir())
	}
	return s, false, fmt.Errorf("make a temporary file: %w", err)
}

// remove takes the folder away with all that is in it, and fails where something of it stays.
func (s scratch) remove() error {
	entries, _ := os.ReadDir(s.dir)
	for _, e := range entries {
		_ = os.Remove(filepath.Join(s.dir, e.Name())) // what is not gone keeps the folder
	}
	if os.Remove(s.dir) == nil {
		return nil
	}
	return os.RemoveAll(s.dir)
}

// inside reports whether a folder is the repo or below it.
func inside(repo, dir string) bool {
	dir, err := filepath.Abs(dir)
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		dir = resolved
	}
	if err != nil {
		return true
	}
	rel, err := filepath.Rel(repo, dir)
	return err == nil && filepath.IsLocal(rel)
}
