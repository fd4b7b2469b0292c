package repo

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

func wild(pattern string) bool { return strings.ContainsAny(pattern, `*?[\{`) }

func hidden(name string) bool { return strings.HasPrefix(path.Base(name), ".") }

// Glob lists what a pattern matches, in byte order. `**` stands for any number of folders; no wildcard matches a leading
// dot. Folders are listed like files: reading one as a layer is an error that names it.
func Glob(fsys fs.FS, pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	matched := []string{"."}
	for rest := strings.Split(pattern, "/"); len(rest) > 0; rest = rest[1:] {
		var next []string
		for _, dir := range matched {
			found, err := step(fsys, dir, rest[0])
			if err != nil {
				return nil, err
			}
			next = append(next, found...)
		}
		matched = next
	}
	slices.Sort(matched)
	return slices.Compact(matched), nil
}

// step lists what one segment of a pattern matches in a folder; a `**` matches the folder and all below it.
func step(fsys fs.FS, dir, segment string) ([]string, error) {
	if !wild(segment) {
		name := path.Join(dir, segment)
		_, err := fs.Stat(fsys, name)
		if errors.Is(err, fs.ErrNotExist) || notFolder(fsys, dir) {
			return nil, nil
		}
		return []string{name}, err
	}
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) || notFolder(fsys, dir) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	if segment == "**" {
		found = append(found, dir)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if hidden(name) {
			continue
		}
		if segment == "**" {
			if !e.IsDir() {
				continue
			}
			below, err := step(fsys, name, segment)
			if err != nil {
				return nil, err
			}
			found = append(found, below...)
		} else if ok, err := path.Match(segment, e.Name()); ok && err == nil {
			found = append(found, name)
		}
	}
	return found, nil
}

func notFolder(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && !info.IsDir()
}
