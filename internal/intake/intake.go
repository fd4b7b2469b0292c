// Package intake reads manifests that nothing of ours rendered: files and folders that users name, as kubectl reads them. It is
// given ways to read text and returns objects that know their lines, and findings for whatever is no manifest.
package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// MaxBytes is how much a file may hold. The objects of a larger one belong in several; what is larger is no manifest that
// somebody wrote, and is refused before it costs memory.
const MaxBytes = 32 << 20

// File is a file of manifests.
type File struct {
	Name string // as findings show it
	Read func() ([]byte, error)
}

// Single is one file of a file system.
func Single(fsys fs.FS, at, name string) File {
	return File{Name: name, Read: func() ([]byte, error) {
		info, err := fs.Stat(fsys, at)
		switch {
		case err != nil:
			return nil, err
		case info.Size() > MaxBytes:
			return nil, errLarge
		default:
			return fs.ReadFile(fsys, at)
		}
	}}
}

// Stream is text that can be read once, such as standard input. It is waited for no longer than the context lasts.
func Stream(ctx context.Context, name string, from io.Reader) File {
	type result struct {
		text []byte
		err  error
	}
	read := sync.OnceValue(func() result {
		done := make(chan result, 1)
		go func() {
			text, err := io.ReadAll(io.LimitReader(from, MaxBytes+1))
			if err == nil && len(text) > MaxBytes {
				text, err = nil, errLarge
			}
			done <- result{text, err}
		}()
		select {
		case r := <-done:
			return r
		case <-ctx.Done():
			return result{err: context.Cause(ctx)}
		}
	})
	return File{Name: name, Read: func() ([]byte, error) {
		r := read()
		return r.text, r.err
	}}
}

var errLarge = errors.New("it is larger than a file of manifests may be")

// extensions are those that kubectl reads in a folder.
func extensions() []string { return []string{".json", ".yaml", ".yml"} }

// Folder lists the manifests of a folder by their names' ends, and with recursive those of the folders in it. The name is that
// of the folder as findings show it. A folder without any is an error: there is nothing to check.
func Folder(fsys fs.FS, name string, recursive bool) ([]File, diag.Findings) {
	var files []File
	deeper := false
	err := fs.WalkDir(fsys, ".", func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && at != "." && !recursive:
			deeper = true
			return fs.SkipDir
		case !d.IsDir() && slices.Contains(extensions(), path.Ext(at)):
			files = append(files, Single(fsys, at, path.Join(name, at)))
		}
		return nil
	})
	if err != nil {
		return nil, diag.Findings{unread(name, err)}
	}
	if len(files) == 0 {
		f := diag.Errorf("no-manifests", diag.Position{File: name}, "the folder has no file that ends in %s", strings.Join(extensions(), ", "))
		if deeper {
			f.Hint = "-R looks into the folders below it too"
		}
		return nil, diag.Findings{f}
	}
	return files, nil
}

// unread is a file or folder that cannot be read. The error's own path is not the one that the user knows.
func unread(name string, err error) diag.Finding {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	f := diag.Errorf("read-manifest", diag.Position{File: name}, "read manifests: %v", err)
	if errors.Is(err, errLarge) {
		f.Hint = fmt.Sprintf("spread its objects over files of at most %d MiB", MaxBytes>>20)
	}
	return f
}

// Read reads the objects of files, several files at the same time, in the order of the files.
func Read(ctx context.Context, files []File) ([]object.Object, diag.Findings) {
	objects := make([][]object.Object, len(files))
	findings := make([]diag.Findings, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		g.Go(func() error {
			if ctx.Err() == nil {
				objects[i], findings[i] = f.objects()
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, diag.Findings{diag.Errorf("read-manifest", diag.Position{}, "read manifests: %v", context.Cause(ctx))}
	}
	return slices.Concat(objects...), slices.Concat(findings...)
}

func (f File) objects() ([]object.Object, diag.Findings) {
	text, err := f.Read()
	if err != nil {
		return nil, diag.Findings{unread(f.Name, err)}
	}
	return object.ParseGiven(f.Name, bytes.TrimPrefix(text, []byte("\ufeff")))
}
