package revision

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// Tree is the files of a commit as a file system. It follows symbolic links as far as they stay in the commit. Files whose
// content the repository does not hold have none: submodules, files in Git LFS, and what a partial clone left out are errors
// when they are read. It may be used from several goroutines.
type Tree struct {
	Commit string // full hash
	root   plumbing.Hash
	time   time.Time

	mu      sync.Mutex // go-git's storage is for one goroutine
	objects storer.EncodedObjectStorer
	folders map[plumbing.Hash]*object.Tree
	files   map[plumbing.Hash][]byte
}

var (
	_ fs.ReadDirFS  = (*Tree)(nil)
	_ fs.ReadFileFS = (*Tree)(nil)
	_ fs.StatFS     = (*Tree)(nil)
)

// links is how many symbolic links one name may lead through.
const links = 20

// lfs is how a file begins that stands for one kept elsewhere: git-lfs.com's pointer format.
const lfs = "version https://git-lfs.github.com/spec/"

var errSubmodule = errors.New("it is a git submodule, whose files another repository holds")

// node is what a name leads to.
type node struct {
	name string // without links
	mode filemode.FileMode
	hash plumbing.Hash
}

// find follows a name to what it means, through links.
func (t *Tree) find(name string, depth int) (node, error) {
	if !fs.ValidPath(name) {
		return node{}, fs.ErrInvalid
	}
	if depth > links {
		return node{}, errors.New("it leads through too many symbolic links")
	}
	at := node{name: ".", mode: filemode.Dir, hash: t.root}
	if name == "." {
		return at, nil
	}
	parts := strings.Split(name, "/")
	for i, part := range parts {
		dir, err := t.folder(at)
		if err != nil {
			return node{}, err
		}
		j := slices.IndexFunc(dir.Entries, func(e object.TreeEntry) bool { return e.Name == part })
		if j < 0 {
			return node{}, fs.ErrNotExist
		}
		e := dir.Entries[j]
		at = node{name: path.Join(at.name, part), mode: e.Mode, hash: e.Hash}
		if e.Mode != filemode.Symlink {
			continue
		}
		target, err := t.text(at)
		if err != nil {
			return node{}, err
		}
		if path.IsAbs(string(target)) {
			return node{}, errors.New("it is a symbolic link that leads out of the repository")
		}
		rest := path.Join(path.Dir(at.name), string(target), path.Join(parts[i+1:]...))
		if !fs.ValidPath(rest) {
			return node{}, errors.New("it is a symbolic link that leads out of the repository")
		}
		return t.find(rest, depth+1)
	}
	return at, nil
}

func (t *Tree) folder(n node) (*object.Tree, error) {
	switch n.mode {
	case filemode.Dir:
	case filemode.Submodule:
		return nil, errSubmodule
	default:
		return nil, fs.ErrNotExist
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if dir := t.folders[n.hash]; dir != nil {
		return dir, nil
	}
	dir, err := object.GetTree(t.objects, n.hash)
	if err != nil {
		return nil, absent(err)
	}
	t.folders[n.hash] = dir
	return dir, nil
}

// text is a file's content, or where a link leads. It is shared, not to be changed.
func (t *Tree) text(n node) ([]byte, error) {
	switch n.mode {
	case filemode.Dir:
		return nil, errors.New("it is a folder, not a file")
	case filemode.Submodule:
		return nil, errSubmodule
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	data, known := t.files[n.hash]
	if !known {
		var err error
		if data, err = t.read(n.hash); err != nil {
			return nil, absent(err)
		}
		t.files[n.hash] = data
	}
	if bytes.HasPrefix(data, []byte(lfs)) {
		return nil, errors.New("git holds a pointer in place of the file, which is in Git LFS")
	}
	return data, nil
}

func (t *Tree) read(hash plumbing.Hash) ([]byte, error) {
	blob, err := object.GetBlob(t.objects, hash)
	if err != nil {
		return nil, err
	}
	r, err := blob.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	return io.ReadAll(r)
}

// absent says why an object cannot be read that a tree lists.
func absent(err error) error {
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return errors.New("the clone lacks its content: fetch it whole, without --filter")
	}
	return err
}

// Open opens a file or a folder.
func (t *Tree) Open(name string) (fs.File, error) {
	info, n, err := t.look(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if info.IsDir() {
		entries, err := t.ReadDir(name)
		return &openFolder{info: info, entries: entries}, err
	}
	data, err := t.text(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{info: info, Reader: bytes.NewReader(data)}, nil
}

// ReadFile reads a file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	n, err := t.find(name, 0)
	if err == nil {
		var data []byte
		if data, err = t.text(n); err == nil {
			return bytes.Clone(data), nil
		}
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: err}
}

// Stat describes what a name leads to.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	info, _, err := t.look(name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return info, nil
}

func (t *Tree) look(name string) (info, node, error) {
	n, err := t.find(name, 0)
	if err != nil {
		return info{}, n, err
	}
	i := info{name: path.Base(name), mode: 0o644, time: t.time}
	switch n.mode {
	case filemode.Dir:
		i.mode = fs.ModeDir | 0o755
	case filemode.Submodule:
		return i, n, errSubmodule
	case filemode.Executable:
		i.mode = 0o755
	}
	if !i.IsDir() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if i.size, err = t.objects.EncodedObjectSize(n.hash); err != nil {
			return i, n, absent(err)
		}
	}
	return i, n, nil
}

// ReadDir lists a folder, in byte order.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find(name, 0)
	var dir *object.Tree
	if err == nil {
		dir, err = t.folder(n)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	entries := make([]fs.DirEntry, len(dir.Entries))
	for i, e := range dir.Entries {
		entries[i] = entry{tree: t, dir: n.name, name: e.Name, mode: e.Mode}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// Folder is a folder of the commit as a file system of its own.
func (t *Tree) Folder(dir string) (fs.FS, error) {
	info, n, err := t.look(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is a file, not a folder")
	}
	if err != nil {
		return nil, fmt.Errorf("open %s of commit %.8s: %w", dir, t.Commit, err)
	}
	return fs.Sub(t, n.name)
}
