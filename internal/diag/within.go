package diag

import (
	"iter"
	"slices"
	"strings"
)

// Within reports whether a finding is about the field that another one is about, or about one below it.
func (f Finding) Within(other Finding) bool {
	if f.Object != other.Object {
		return false
	}
	rest, below := strings.CutPrefix(f.Path, other.Path)
	return below && (rest == "" || other.Path == "" || rest[0] == '.' || rest[0] == '[')
}

// Besides are the findings that are not about a field, or one below it, that an error of the same file is about: those would
// only say it again. An error that is about no field says nothing of any.
func (f Findings) Besides(known Findings) Findings {
	type where struct{ file, object string }
	wrong := map[where]*fields{}
	for _, k := range known {
		if k.Severity != Error || k.Path == "" {
			continue
		}
		at := where{k.At.File, k.Object}
		if wrong[at] == nil {
			wrong[at] = &fields{}
		}
		wrong[at].add(k.Path)
	}
	return slices.DeleteFunc(slices.Clone(f), func(x Finding) bool { return wrong[where{x.At.File, x.Object}].cover(x.Path) })
}

// fields are paths by their parts, so that however many there are, to ask for one is to go through its own parts alone.
type fields struct {
	whole bool // this one with all below it
	below map[string]*fields
}

func (f *fields) add(path string) {
	for part := range parts(path) {
		if f.below[part] == nil {
			if f.below == nil {
				f.below = map[string]*fields{}
			}
			f.below[part] = &fields{}
		}
		f = f.below[part]
	}
	f.whole = true
}

// cover reports whether the path is one of the fields, or below one.
func (f *fields) cover(path string) bool {
	if f == nil {
		return false
	}
	for part := range parts(path) {
		if f = f.below[part]; f == nil || f.whole {
			return f != nil
		}
	}
	return false
}

// parts cuts a path before every '.' and '['.
func parts(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for path != "" {
			end := strings.IndexAny(path[1:], ".[") + 1
			if end == 0 {
				end = len(path)
			}
			if !yield(path[:end]) {
				return
			}
			path = path[end:]
		}
	}
}
