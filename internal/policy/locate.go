package policy

import (
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// locator finds fields of one object in the manifest that it was read from. The text is read once, when the first field
// is asked for.
type locator struct {
	object object.Object
	lists  *sync.Map // texts that hold several objects, so that each is read once, not once per object
	read   bool
	root   *source.Node // of the object; nil: not to be found
	shift  int          // from lines of the text to lines of the file
}

// place is the position of a field, or of the nearest field around it that is there. Where the object's text is not what
// a user edits, because a template or kustomize made it, the object's own place is all that is known.
func (l *locator) place(field string) diag.Position {
	at := l.object.Source.Position()
	if !l.read {
		l.open()
	}
	if l.root == nil || field == "" {
		return at
	}
	found := walk(l.root, parsePath(field))
	if found.Line == 0 {
		return at
	}
	return diag.Position{File: at.File, Line: found.Line + l.shift, Col: found.Col}
}

func (l *locator) open() {
	l.read = true
	s := l.object.Source
	if !plain(s.File) || len(s.Text) == 0 {
		return
	}
	document := l.document(s)
	if document == nil {
		return
	}
	// Source.Line is the line of the document's first content, which is where the root begins.
	l.shift = s.Line - int(document.Line)
	l.root = member(document, l.object)
}

func (l *locator) document(s object.Source) *source.Node {
	key := &s.Text[0]
	if n, ok := l.lists.Load(key); ok {
		return n.(*source.Node)
	}
	// What the reader finds wrong, such as YAML 1.1's booleans, is right in a manifest; positions are all that matters.
	n, _ := source.ParseFile(&source.File{Name: s.File}, s.Text)
	if n.Get("items") != nil {
		l.lists.Store(key, n)
	}
	return n
}

// plain reports whether the file is a manifest that people write, by its name: neither a chart's template, nor a Go
// template, nor a kustomization, whose output has lines of its own.
func plain(file string) bool {
	base := path.Base(file)
	switch strings.ToLower(path.Ext(base)) {
	case ".yaml", ".yml", ".json":
	default:
		return file == "-"
	}
	if strings.EqualFold(strings.TrimSuffix(base, path.Ext(base)), "kustomization") {
		return false
	}
	return !strings.Contains("/"+strings.ReplaceAll(file, ":", "/"), "/templates/")
}

// member is the object itself: the document, or the item of its list.
func member(n *source.Node, o object.Object) *source.Node {
	items := n.Get("items")
	if kind := n.Get("kind"); items == nil || items.Kind != source.List || kind == nil || !strings.HasSuffix(kind.Text, "List") {
		return n
	}
	for _, item := range items.Items {
		if m := member(item, o); m != nil && same(m, o) {
			return m
		}
	}
	return nil
}

func same(n *source.Node, o object.Object) bool {
	field := func(path ...string) string {
		if v := n.Lookup(path...); v != nil {
			return v.Text
		}
		return ""
	}
	// A namespace that the manifest leaves out is filled in later.
	namespace := field("metadata", "namespace")
	return field("kind") == o.GetKind() && field("apiVersion") == o.GetAPIVersion() && field("metadata", "name") == o.GetName() &&
		(namespace == "" || namespace == o.GetNamespace())
}

// walk follows a path as far as it leads. A list or map is where its key stands.
func walk(n *source.Node, parts []string) diag.Position {
	at := n.At()
	for len(parts) > 0 {
		if n.Kind == source.List {
			next := n.Lookup(parts[0])
			if next == nil {
				return at
			}
			n, at, parts = next, next.At(), parts[1:]
			continue
		}
		i, used := key(n, parts)
		if used == 0 {
			return at
		}
		at = n.Keys[i].At()
		n, parts = n.Items[i], parts[used:]
		if n.Kind.Scalar() && n.Kind != source.Null {
			at = n.At()
		}
	}
	return at
}

// key finds the map's key that the first parts name. Policies often write a key with dots, such as an annotation's, bare.
func key(n *source.Node, parts []string) (index, used int) {
	for used := 1; used <= len(parts); used++ {
		if i, found := n.Find(strings.Join(parts[:used], ".")); found {
			return i, used
		}
	}
	return 0, 0
}

// parsePath takes a field path apart: names with dots between, [0] for an item, ["a.b/c"] for any key.
func parsePath(field string) []string {
	var parts []string
	for field != "" {
		if rest, bracket := strings.CutPrefix(field, "["); bracket {
			part, after, ok := bracketed(rest)
			if !ok {
				return parts
			}
			parts, field = append(parts, part), strings.TrimPrefix(after, ".")
			continue
		}
		end := strings.IndexAny(field, ".[")
		if end < 0 {
			return append(parts, field)
		}
		parts = append(parts, field[:end])
		field = strings.TrimPrefix(field[end:], ".")
	}
	return parts
}

func bracketed(rest string) (part, after string, ok bool) {
	if quoted, err := strconv.QuotedPrefix(rest); err == nil {
		part, _ = strconv.Unquote(quoted)
		after, ok = strings.CutPrefix(rest[len(quoted):], "]")
		return part, after, ok
	}
	return strings.Cut(rest, "]")
}
