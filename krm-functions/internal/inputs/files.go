package inputs

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Files are texts by path: a file system in memory.
type Files struct {
	names []string // in byte order
	texts map[string][]byte
}

var _ fs.ReadDirFS = (*Files)(nil)

// NewFiles makes a file system of texts by path. No path may be another's folder.
func NewFiles(texts map[string][]byte) *Files {
	f := &Files{texts: texts}
	for name := range texts {
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	return f
}

// Open opens a file, or a folder that files are in.
func (f *Files) Open(name string) (fs.File, error) {
	if text, ok := f.texts[name]; ok { // a name that findings show need be no path
		return &openFile{entry: f.entry(name, false), Reader: bytes.NewReader(text)}, nil
	}
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	entries := f.list(name)
	if len(entries) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openDir{entry: f.entry(name, true), entries: entries}, nil
}

// ReadDir lists a folder in byte order.
func (f *Files) ReadDir(name string) ([]fs.DirEntry, error) {
	d, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	dir, ok := d.(*openDir)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	return dir.entries, nil
}

func (f *Files) entry(name string, dir bool) entry {
	return entry{name: path.Base(name), size: int64(len(f.texts[name])), dir: dir}
}

// list finds what is directly in a folder. Folders exist where files are below them.
func (f *Files) list(dir string) []fs.DirEntry {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	first, _ := slices.BinarySearch(f.names, prefix)
	var entries []fs.DirEntry
	seen := map[string]bool{}
	for _, name := range f.names[first:] {
		rest, below := strings.CutPrefix(name, prefix)
		if !below {
			break
		}
		base, _, folder := strings.Cut(rest, "/")
		if !seen[base] {
			seen[base] = true
			entries = append(entries, f.entry(prefix+base, folder))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}

// entry describes a file or a folder.
type entry struct {
	name string
	size int64
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) Size() int64                { return e.size }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }

func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type openFile struct {
	entry
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *openFile) Size() int64                { return f.size }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	entry
	entries []fs.DirEntry
	at      int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.entry, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.entries[d.at:]
	if n <= 0 {
		d.at = len(d.entries)
		return rest, nil
	}
	if len(rest) == 0 {
		return nil, io.EOF
	}
	rest = rest[:min(n, len(rest))]
	d.at += len(rest)
	return rest, nil
}
