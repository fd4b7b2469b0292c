// Package core opens cores: what does not change per installation. Sources of the values repo and the embedded files go
// in; a Stack comes out, a file system in which a file of a higher core replaces the one at the same path.
package core

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/repo"
)

// The folders of a core that count; nothing else of a source is read.
const (
	Platform = "platform"
	Charts   = "charts"
	Policies = "policies"
)

// Core is one core: platform/, charts/ and policies/, each optional.
type Core struct {
	Name    string // as shown to users: "embedded", or the source's path relative to otomi.yaml ("." is shown as "")
	Version string // of platform/platform.yaml; "" where it has none
	FS      fs.FS

	kube string          // the range of Kubernetes versions that platform.yaml allows; "": any
	from repo.CoreSource // that it was opened from
}

// Display is how messages name a file of the core.
func (c Core) Display(name string) string {
	switch c.Name {
	case "", ".":
		return name
	case "embedded":
		return "embedded:" + name
	default:
		return path.Join(c.Name, name)
	}
}

// Stack are cores, low to high. As a file system it shows for every path the file of the highest core that has it, and
// for a folder the entries of all.
type Stack []Core

var _ fs.ReadDirFS = Stack(nil)

// Find returns the highest core that has the path.
func (s Stack) Find(name string) (Core, bool) {
	for _, c := range slices.Backward(s) {
		if _, err := fs.Stat(c.FS, name); err == nil {
			return c, true
		}
	}
	return Core{}, false
}

// Display is how messages name the file that the stack shows at the path.
func (s Stack) Display(name string) string {
	if c, ok := s.Find(name); ok {
		return c.Display(name)
	}
	return name
}

// Open opens the file of the highest core that has it. A folder lists the entries of all.
func (s Stack) Open(name string) (fs.File, error) {
	for _, c := range slices.Backward(s) {
		f, err := c.FS.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return &dir{File: f, name: name, stack: s}, nil
		}
		return f, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir lists the entries that any core has in the folder, in byte order.
func (s Stack) ReadDir(name string) ([]fs.DirEntry, error) {
	merged := map[string]fs.DirEntry{}
	found := false
	for _, c := range s {
		entries, err := fs.ReadDir(c.FS, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = true
		for _, e := range entries {
			merged[e.Name()] = e
		}
	}
	if !found {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	entries := make([]fs.DirEntry, 0, len(merged))
	for _, e := range merged {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// Digest is the SHA-256 over names and contents of all files that the stack shows: equal for equal cores, wherever they
// come from.
func (s Stack) Digest() (string, error) {
	h := sha256.New()
	for _, root := range []string{Charts, Platform, Policies} {
		err := fs.WalkDir(s, root, func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && name == root {
				return fs.SkipDir
			}
			if err != nil || d.IsDir() {
				return err
			}
			return s.digestFile(h, name)
		})
		if err != nil {
			return "", fmt.Errorf("read core: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (s Stack) digestFile(h io.Writer, name string) error {
	f, err := s.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	content := sha256.New()
	if _, err := io.Copy(content, f); err != nil {
		return err
	}
	_, err = fmt.Fprintf(h, "%s %x\n", name, content.Sum(nil))
	return err
}

// Version joins the versions of the cores that have one, low to high.
func (s Stack) Version() string {
	var versions []string
	for _, c := range s {
		if c.Version != "" {
			versions = append(versions, c.Version)
		}
	}
	return strings.Join(versions, "+")
}
