package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// marker is the file by which a folder is known as one that template wrote, with the names of what it wrote.
const (
	marker      = ".otomi-output"
	markerTitle = "# kubectl otomi template --output-dir wrote these files, and replaces or removes them when it runs again."
	draft       = marker + ".tmp" // what is being written, until it has its name
)

// outputDir is the folder of template --output-dir: it holds a file per object, and of earlier runs nothing.
type outputDir struct {
	dir    string
	before []string // what an earlier run wrote, slashed and sorted
	files  map[string]outputFile
}

type outputFile struct {
	text []byte
	mode fs.FileMode
}

// openOutput looks at the folder before anything is rendered. One that holds what template did not write is refused.
func openOutput(dir string) (*outputDir, error) {
	out := &outputDir{dir: dir, files: map[string]outputFile{}}
	entries, err := os.ReadDir(dir)
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == draft }) // of a run that was killed early
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, cause(err))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, cause(err))
	}
	defer root.Close() //nolint:errcheck // read only
	text, err := root.ReadFile(marker)
	title, list, _ := strings.Cut(string(text), "\n")
	if err != nil || title != markerTitle {
		return nil, diag.Findings{diag.Errorf("output-dir", diag.Position{File: dir}, "the folder holds files that `template` did not write").
			WithHint("name a new or empty folder; it is marked with %s, and later runs replace what it holds", marker)}
	}
	for name := range strings.Lines(list) {
		if name = strings.TrimSuffix(name, "\n"); fs.ValidPath(name) {
			out.before = append(out.before, name)
		}
	}
	slices.Sort(out.before)
	return out, nil
}

// add takes up a cluster's objects. Decrypted secrets are for the user's eyes only.
func (out *outputDir) add(folder string, objects []object.Object, secret bool) error {
	mode := fs.FileMode(0o644)
	if secret {
		mode = 0o600
	}
	names := fileNames(objects)
	for i, o := range objects {
		var text bytes.Buffer
		if err := writeObjects(&text, []object.Object{o}, "yaml"); err != nil {
			return err
		}
		out.files[path.Join(folder, o.Runlevel, o.Release, names[i])] = outputFile{text.Bytes(), mode}
	}
	return nil
}

// fileNames are what the objects' files are called. A name that some file system would not take, or not beside another one,
// ends in a hash of what it stands for.
func fileNames(objects []object.Object) []string {
	place := func(o object.Object) string { return strings.ToLower(o.Release + "/" + o.FileName()) }
	taken := map[string]int{}
	for _, o := range objects {
		taken[place(o)]++
	}
	names := make([]string, len(objects))
	for i, o := range objects {
		name := o.FileName()
		if taken[place(o)] > 1 || len(name) > 200 || strings.ContainsAny(name, `/\<>"|?*`) {
			clean := strings.NewReplacer("/", "-", `\`, "-", "<", "-", ">", "-", `"`, "-", "|", "-", "?", "-", "*", "-").Replace(strings.TrimSuffix(name, ".yaml"))
			name = fmt.Sprintf("%s-%.4x.yaml", clean[:min(len(clean), 180)], sha256.Sum256(fmt.Appendf(nil, "%q", o.ID())))
		}
		names[i] = name
	}
	return names
}

// write makes the folder hold the files and nothing that an earlier run left. The marker lists old and new files while it is
// at work, so that a run that is killed leaves nothing that the next one does not know.
func (out *outputDir) write() error {
	if err := os.MkdirAll(out.dir, 0o755); err != nil {
		return fmt.Errorf("write %s: %w", out.dir, cause(err))
	}
	root, err := os.OpenRoot(out.dir)
	if err != nil {
		return fmt.Errorf("write %s: %w", out.dir, cause(err))
	}
	defer root.Close() //nolint:errcheck // every file in it was closed
	var names []string
	for name := range out.files {
		names = append(names, name)
	}
	slices.Sort(names)
	if err := out.refuseForeign(root, names); err != nil {
		return err
	}
	all := slices.Concat(out.before, names)
	slices.Sort(all)
	if err := out.mark(root, slices.Compact(all)); err != nil {
		return err
	}
	for _, name := range out.before {
		if _, still := out.files[name]; !still {
			if err := out.remove(root, name); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if err := out.put(root, name, out.files[name]); err != nil {
			return err
		}
	}
	return out.mark(root, names)
}

// refuseForeign refuses to replace what no earlier run wrote.
func (out *outputDir) refuseForeign(root *os.Root, names []string) error {
	var findings diag.Findings
	for _, name := range names {
		_, ours := slices.BinarySearch(out.before, name)
		if _, err := root.Lstat(name); err == nil && !ours {
			findings = append(findings, diag.Errorf("output-dir", diag.Position{File: path.Join(out.dir, name)}, "the file is in the way: `template` did not write it").
				WithHint("move it out of the folder"))
		}
	}
	return findings.Err()
}

func (out *outputDir) mark(root *os.Root, names []string) error {
	text := strings.Join(append([]string{markerTitle}, names...), "\n") + "\n"
	return out.put(root, marker, outputFile{[]byte(text), 0o644})
}

// put writes a file under another name first: whoever reads the folder meanwhile sees the old or the new one.
func (out *outputDir) put(root *os.Root, name string, f outputFile) error {
	info, err := root.Lstat(name)
	if err == nil && info.Mode() == f.mode {
		if old, err := root.ReadFile(name); err == nil && bytes.Equal(old, f.text) {
			return nil
		}
	}
	err = root.MkdirAll(path.Dir(name), 0o755)
	if err == nil {
		err = root.Remove(draft)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = root.WriteFile(draft, f.text, f.mode)
	}
	if err == nil {
		err = root.Rename(draft, name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path.Join(out.dir, name), cause(err))
	}
	return nil
}

// remove deletes a file and the folders above it that are empty without it.
func (out *outputDir) remove(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", path.Join(out.dir, name), cause(err))
	}
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		_ = root.Remove(above) // does nothing where something is left in it
	}
	return nil
}

// summary says what a run did.
func (out *outputDir) summary() string {
	removed := 0
	for _, name := range out.before {
		if _, still := out.files[name]; !still {
			removed++
		}
	}
	return fmt.Sprintf("%s: %s, %d removed", out.dir, count(len(out.files), "file"), removed)
}
