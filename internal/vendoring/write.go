package vendoring

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
)

// Write makes the charts folder hold the result: everything is written beside its place first, so that a full disk leaves
// the folder as it was.
func (r *Result) Write(root *os.Root) error {
	lock, err := r.lock.Bytes()
	if err != nil {
		return err
	}
	files := maps.Clone(r.fresh)
	files[archive.LockFile] = lock
	before, err := root.ReadFile(path.Join(core.Charts, archive.LockFile))
	if err == nil && bytes.Equal(before, lock) {
		delete(files, archive.LockFile)
	}
	names := slices.Sorted(maps.Keys(files))
	for i, name := range names {
		if err := root.WriteFile(beside(name), files[name], 0o644); err != nil {
			for _, written := range names[:i+1] {
				_ = root.Remove(beside(written)) // there may be none
			}
			return fmt.Errorf("write %s: %w", path.Join(core.Charts, name), err)
		}
	}
	for _, name := range names {
		if err := root.Rename(beside(name), path.Join(core.Charts, name)); err != nil {
			return fmt.Errorf("write %s: %w", path.Join(core.Charts, name), err)
		}
	}
	for _, c := range r.Charts {
		if c.Change != Removed {
			continue
		}
		if err := root.Remove(path.Join(core.Charts, c.File())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", path.Join(core.Charts, c.File()), err)
		}
	}
	return nil
}

// beside is where a file is written before it takes its place.
func beside(name string) string { return path.Join(core.Charts, "."+name+".new") }
