package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/secrets/block"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// source returns the text behind a position, for excerpts: of a file of the repo, of a core or of --values, never of one that
// holds secrets. Every file is read once.
func (w *workspace) source(name string) []byte {
	if i := slices.IndexFunc(w.flags, func(l values.Layer) bool { return l.File.Name == name }); i >= 0 {
		return w.flags[i].File.Data
	}
	text, known := w.texts[name]
	if !known {
		text = w.text(name)
		w.texts[name] = text
	}
	return text
}

func (w *workspace) text(name string) []byte {
	if strings.HasPrefix(path.Base(name), "secrets.") {
		return nil
	}
	data, err := w.readText(name)
	if err != nil || block.Mentioned(data) {
		return nil
	}
	return data
}

// readText reads what a position may name: a file of ordinary kind and size, one in an archive of a chart too, or there is
// nothing to show.
func (w *workspace) readText(name string) ([]byte, error) {
	if packed, inside, ok := strings.Cut(name, archive.Ext+"/"); ok {
		data, err := w.readText(packed + archive.Ext)
		return archive.Text(data, inside), err
	}
	fsys := w.fs
	if inside, ok := strings.CutPrefix(name, core.Embedded+":"); ok {
		fsys, name = otomi.Core, inside
	} else if !fs.ValidPath(name) { // of a core beside the repo
		full := filepath.Join(w.dir, filepath.FromSlash(name))
		fsys, name = os.DirFS(filepath.Dir(full)), filepath.Base(full)
	}
	info, err := fs.Stat(fsys, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > source.MaxBytes {
		return nil, fs.ErrInvalid
	}
	return fs.ReadFile(fsys, name)
}
