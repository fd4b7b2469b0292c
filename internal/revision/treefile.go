package revision

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// info describes a file or a folder of a commit.
type info struct {
	name string
	size int64
	mode fs.FileMode
	time time.Time
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.time }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

// entry is a name in a folder of a commit.
type entry struct {
	tree *Tree
	dir  string
	name string
	mode filemode.FileMode
}

func (e entry) Name() string { return e.name }
func (e entry) IsDir() bool  { return e.Type().IsDir() }

func (e entry) Type() fs.FileMode {
	switch e.mode {
	case filemode.Dir:
		return fs.ModeDir
	case filemode.Symlink:
		return fs.ModeSymlink
	case filemode.Submodule:
		return fs.ModeIrregular
	default:
		return 0
	}
}

func (e entry) Info() (fs.FileInfo, error) {
	if e.mode == filemode.Symlink || e.mode == filemode.Submodule {
		return info{name: e.name, mode: e.Type(), time: e.tree.time}, nil
	}
	return e.tree.Stat(path.Join(e.dir, e.name))
}

// openFile is a file of a commit that is being read.
type openFile struct {
	info info
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

// openFolder is a folder of a commit that is being listed.
type openFolder struct {
	info    info
	entries []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }

func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: fs.ErrInvalid}
}

// ReadDir works as fs.ReadDirFile says.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.entries) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.entries) {
		n = len(f.entries)
	}
	out := f.entries[:n]
	f.entries = f.entries[n:]
	return out, nil
}
