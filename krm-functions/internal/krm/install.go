package krm

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// install copies the program into a folder, under the function's name: out of its image into a volume.
func install(p Process, name, dir string) error {
	self, err := p.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	from, err := os.Open(self)
	if err != nil {
		return fmt.Errorf("read this program: %w", err)
	}
	defer from.Close() //nolint:errcheck // read only
	temporary, err := os.CreateTemp(dir, "."+name+"-*")
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("install %s: %w; an image runs as nobody: run it as a user who may write there, as in docker run --user \"$(id -u)\"", name, err)
	}
	if err != nil {
		return fmt.Errorf("install %s: %w", name, err)
	}
	_, err = io.Copy(temporary, from)
	err = errors.Join(err, temporary.Chmod(0o755), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // the error that matters is the first
		return fmt.Errorf("install %s: %w", name, err)
	}
	return nil
}
