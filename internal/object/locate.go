package object

import (
	"path"
	"strings"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Locator finds where fields of one object were written: in a manifest, in the template that wrote it, or in a patch. The
// text is read once, when the first field is asked for.
type Locator struct {
	object Object
	lists  *sync.Map // texts that hold several objects, so that each is read once, not once per object
	hasty  int       // how many fields were looked for without reading the text into nodes
	read   bool
	root   *source.Node // of the object in the text; nil: not to be found
	member bool         // of a list
	shift  int          // from lines of the text to lines of the file
}

// NewLocator makes a locator. Locators of one run share lists, an empty map at first.
func NewLocator(o Object, lists *sync.Map) *Locator { return &Locator{object: o, lists: lists} }

// Place is the position of a field, or of the nearest field around it that is there. Where the object's text is not what
// a user edits, because kustomize made it, the object's own place is all that is known.
func (l *Locator) Place(field string) diag.Position {
	parts := parsePath(field)
	if i := l.object.Edited(parts); i >= 0 {
		return l.object.Edits[i].At
	}
	at, _ := l.Written(parts)
	return at
}

// Written is Place without regard to what was patched, and whether the very field is in the text.
func (l *Locator) Written(parts []string) (at diag.Position, there bool) {
	at = l.object.Source.Position()
	if !l.read && l.hasty < mostHasty && l.readable() {
		l.hasty++
		if found, first, there, ok := placeQuickly(l.object.Source.Text, parts); ok {
			return l.inFile(found, l.object.Source.Line-first), there
		}
	}
	if !l.read {
		l.open()
	}
	if l.root == nil || len(parts) == 0 && l.object.Source.Trace == nil && !l.member {
		return at, len(parts) == 0
	}
	found, there := walk(l.root, parts)
	return l.inFile(found, l.shift), there
}

// Text is a number or a word as it is written, without quotes; "" where that is not known.
func (l *Locator) Text(field string) string {
	parts := parsePath(field)
	if len(l.object.Source.Text) == 0 || l.object.Edited(parts) >= 0 {
		return ""
	}
	n := member(l.document(l.object.Source), l.object).Lookup(parts...)
	if n == nil || !n.Kind.Scalar() || n.Line < 1 || n.Col < 1 {
		return ""
	}
	lines := strings.Split(string(l.object.Source.Text), "\n")
	if int(n.Line) > len(lines) || int(n.Col) > len(lines[n.Line-1]) {
		return ""
	}
	written := lines[n.Line-1][n.Col-1:]
	if end := strings.IndexAny(written, " \t\r,]}"); end >= 0 {
		written = written[:end]
	}
	if strings.ContainsAny(written, "&*!\"'|>") { // an anchor, an alias, a tag, or a text of another form
		return ""
	}
	return written
}

// mostHasty is for how many fields reading the text again is less work than reading it into nodes once.
const mostHasty = 4

// inFile is where a place in the text comes from.
func (l *Locator) inFile(found diag.Position, shift int) diag.Position {
	at := l.object.Source.Position()
	switch trace := l.object.Source.Trace; {
	case found.Line == 0:
	case trace == nil:
		at = diag.Position{File: at.File, Line: found.Line + shift, Col: found.Col}
	default:
		if from := trace(found.Line, found.Col); from.Line > 0 {
			at = from
		}
	}
	return at
}

// readable reports whether places in the text are places in something that a user edits.
func (l *Locator) readable() bool {
	s := l.object.Source
	return len(s.Text) > 0 && (s.Trace != nil || s.Plain || plain(s.File))
}

func (l *Locator) open() {
	l.read = true
	if !l.readable() {
		return
	}
	s := l.object.Source
	document := l.document(s)
	if document == nil {
		return
	}
	// Source.Line is the line of the document's first content, which is where the root begins.
	l.shift = s.Line - int(document.Line)
	l.root = member(document, l.object)
	l.member = l.root != document
}

func (l *Locator) document(s Source) *source.Node {
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
func member(n *source.Node, o Object) *source.Node {
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

func same(n *source.Node, o Object) bool {
	field := func(path ...string) string {
		if v := n.Lookup(path...); v != nil {
			return v.Text
		}
		return ""
	}
	// A namespace that the manifest leaves out is filled in later, and one that the kind cannot have is taken out.
	namespace := field("metadata", "namespace")
	return field("kind") == o.GetKind() && field("apiVersion") == o.GetAPIVersion() && field("metadata", "name") == o.GetName() &&
		(namespace == "" || o.GetNamespace() == "" || namespace == o.GetNamespace())
}

// Inside is the place of a character of a text that a field holds, such as a program: where the text is written line by line,
// in a block, the very character, else the field.
func (l *Locator) Inside(field string, line, col int) diag.Position {
	parts := parsePath(field)
	at, there := l.Written(parts)
	value, isText := Field(l.object.Object, parts)
	text, _ := value.(string)
	lines := strings.Split(text, "\n")
	if !there || !isText || l.object.Source.Trace != nil || line > len(lines) || l.object.Edited(parts) >= 0 {
		return l.Place(field)
	}
	// Source.Line is the line of the file at which the text's first content stands.
	s := l.object.Source
	written := strings.Split(string(s.Text), "\n")
	i := at.Line - s.start() + line
	if i >= len(written) {
		return at
	}
	indent := strings.Index(written[i], lines[line-1])
	if indent < 0 || strings.TrimSpace(written[i]) != strings.TrimSpace(lines[line-1]) {
		return at
	}
	return diag.Position{File: at.File, Line: at.Line + line, Col: col + indent}
}
