package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// disk is a folder of the user's: a link that leads out of it is an error, and what is neither a file nor a folder is not
// opened, for to open a named pipe is to wait for its writer.
type disk struct{ fs.FS }

var (
	_ fs.StatFS     = disk{}
	_ fs.ReadDirFS  = disk{}
	_ fs.ReadFileFS = disk{}
	_ fs.ReadLinkFS = disk{}
)

func openDisk(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, cause(err)
	}
	return disk{root.FS()}, nil
}

// Open opens a file or a folder.
func (d disk) Open(name string) (fs.File, error) {
	if _, err := d.Stat(name); err != nil {
		return nil, err
	}
	return d.FS.Open(name)
}

// ReadFile reads a file.
func (d disk) ReadFile(name string) ([]byte, error) {
	info, err := d.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a folder, not a file")
	}
	return fs.ReadFile(d.FS, name)
}

// Stat describes what a name leads to. Errors name no path: whoever asked names it.
func (d disk) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(d.FS, name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, err
	case err != nil && strings.Contains(err.Error(), "escapes from parent"): // os.Root has no error of its own to compare with
		return nil, errors.New("it is a symbolic link, or below one, that leads out of its folder")
	case err != nil:
		return nil, cause(err)
	}
	return info, ordinary(info)
}

// ordinary says why something should not be opened, if it is neither a file nor a folder.
func ordinary(info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeNamedPipe != 0:
		return errors.New("it is a named pipe, not a file")
	case !info.Mode().IsRegular() && !info.IsDir():
		return errors.New("it is a special file")
	}
	return nil
}

// ReadDir lists a folder.
func (d disk) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS, name) }

// ReadLink is where a link leads.
func (d disk) ReadLink(name string) (string, error) { return fs.ReadLink(d.FS, name) }

// Lstat describes a link itself.
func (d disk) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(d.FS, name) }
