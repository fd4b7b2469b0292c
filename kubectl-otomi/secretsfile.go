package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// repoFiles are the files of a values repo that the secrets commands read and write. Nothing outside is ever touched.
type repoFiles struct {
	root   *os.Root
	disk   fs.FS  // root, for reading
	dir    string // absolute, links followed
	config secrets.Config
}

// repoFiles opens the values repo without reading it: a layer that is wrong must not keep anyone from its secrets.
func (a *app) repoFiles() (*repoFiles, error) {
	dir, err := filepath.Abs(a.dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, repo.FileName))
	}
	if err != nil {
		return nil, diag.Findings{diag.Errorf("no-values-repo", diag.Position{}, "there is no %s in %s", repo.FileName, a.dir).
			WithHint("run it in a values repo, or name one with -C DIR")}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, diag.Findings{diag.Errorf("no-values-repo", diag.Position{}, "open %s: %v", a.dir, cause(err))}
	}
	f := &repoFiles{root: root, disk: disk{root.FS()}, dir: dir}
	f.config = secrets.Config{FS: f.disk, Dir: dir}
	config, _ := f.read(secrets.ConfigFile) // now, for excerpts come when root is closed; no text, no excerpt
	a.source = func(name string) []byte {
		if name != secrets.ConfigFile {
			return nil
		}
		return config
	}
	return f, nil
}

// name is a file's path in the repo, links followed.
func (f *repoFiles) name(arg string) (string, error) {
	full := arg
	if !filepath.IsAbs(full) {
		full = filepath.Join(f.dir, full)
	}
	if resolved, err := filepath.EvalSymlinks(full); err == nil {
		full = resolved
	} else if folder, err := filepath.EvalSymlinks(filepath.Dir(full)); err == nil {
		full = filepath.Join(folder, filepath.Base(full))
	}
	rel, err := filepath.Rel(f.dir, full)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return "", usagef("%s is not a file of the values repo %s", arg, f.dir)
	}
	return filepath.ToSlash(rel), nil
}

func (f *repoFiles) read(name string) ([]byte, error) {
	info, err := fs.Stat(f.disk, name)
	switch {
	case err != nil:
		return nil, cause(err)
	case info.Size() > source.MaxBytes:
		return nil, fmt.Errorf("the file has %d bytes, more than the %d a layer may have", info.Size(), source.MaxBytes)
	}
	return fs.ReadFile(f.disk, name)
}

// write replaces a file that holds old, or makes it where old is nil, in one step: encrypted text goes into a file beside it,
// which then takes its place. A crash leaves the one or the other, and never plain text that was not there.
func (f *repoFiles) write(name string, encrypted, old []byte) error {
	target := filepath.FromSlash(name)
	mode := fs.FileMode(0o644)
	if info, err := f.root.Stat(target); err == nil {
		mode = info.Mode().Perm()
	}
	if err := f.root.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return cause(err)
	}
	beside := besides(target)
	if err := f.fill(beside, encrypted, mode); err != nil {
		return err
	}
	defer f.root.Remove(beside) //nolint:errcheck // it has taken the file's place, or something is wrong already
	now, err := f.read(name)
	if changed := err == nil && (old == nil || !bytes.Equal(now, old)); changed || err != nil && (old != nil || !errors.Is(err, fs.ErrNotExist)) {
		return errors.New("the file has been changed meanwhile; nothing was written")
	}
	return cause(f.root.Rename(beside, target))
}

// writable finds out whether a file could be written, before somebody writes its text.
func (f *repoFiles) writable(name string) error {
	target := filepath.FromSlash(name)
	for folder := filepath.Dir(target); folder != "."; folder = filepath.Dir(folder) {
		if _, err := f.root.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		target = folder // which would be made
	}
	beside := besides(target)
	if err := f.fill(beside, nil, 0o600); err != nil {
		return fmt.Errorf("this file could not be written: %w", err)
	}
	_ = f.root.Remove(beside) // it is empty, and that it could be made is the answer
	return nil
}

// besides is a new name in the folder of a file.
func besides(target string) string {
	return filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+"."+rand.Text()[:8]+".tmp")
}

func (f *repoFiles) fill(name string, data []byte, mode fs.FileMode) error {
	file, err := f.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return cause(err)
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
}

// asFindings is what went wrong with a file.
func asFindings(name string, err error) diag.Findings {
	var findings diag.Findings
	if errors.As(err, &findings) {
		return findings
	}
	return unusable("secrets", name, err)
}
