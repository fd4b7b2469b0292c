package core

import (
	"io"
	"io/fs"
)

// dir is an opened folder of a stack: the entries are those of all cores.
type dir struct {
	fs.File
	name    string
	stack   Stack
	entries []fs.DirEntry
	read    bool
}

var _ fs.ReadDirFile = (*dir)(nil)

// ReadDir works as fs.ReadDirFile says.
func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.read {
		entries, err := d.stack.ReadDir(d.name)
		if err != nil {
			return nil, err
		}
		d.entries, d.read = entries, true
	}
	if n <= 0 {
		n = len(d.entries)
	} else if len(d.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	out := d.entries[:n]
	d.entries = d.entries[n:]
	return out, nil
}
