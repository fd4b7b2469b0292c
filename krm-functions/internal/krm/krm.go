// Package krm is the wire format of KRM functions, and the only code that knows it: config.kubernetes.io/v1 ResourceLists.
// A process's streams and a Func go into Run; what the Func made of the List comes out on stdout, its findings as results in
// the List and as text on stderr, and the exit code says whether one of them is an error. Items that a Func leaves alone come
// out byte for byte as they went in, comments and annotations included.
package krm

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// APIVersion is that of every kind of ours: functionConfigs and Values.
const APIVersion = "otomi.io/v1alpha1"

// List is a ResourceList: the items that orchestrators hand from function to function.
type List struct {
	Config *Item // functionConfig; nil where none is given
	Items  []*Item
	Text   func(file string) []byte // the text of a file that is in no item, for excerpts; may be nil

	// Withheld: the function uses an item that placeholders for secrets went into, in whatever form they are there now.
	Withheld bool

	apiVersion string
	dash       int // column of the items' dashes, from 0
	files      map[string]origin
	redactor   *redact.Redactor
	function   string  // the name of the one that runs
	outer      *outer  // set where it is a step of another
	shared     bool    // what it renders bears a name that others may have
	gone       []*Item // that the function has removed

	results []result // what functions had to say,
	said    string   // and as text
	failed  bool     // one of it was an error
}

// origin is what a file name in findings stands for.
type origin struct {
	item    *Item         // that the text is in; nil where it is one of several
	text    func() []byte // for excerpts; nil: not to be shown
	noFile  bool          // the name is an item's, not a file's
	noLines bool          // the text is not the file's
}

// File is an item's text under its FileName.
func (l *List) File(item *Item) *source.File {
	return &source.File{Name: l.FileName(item), Data: item.Text()}
}

// FileName names an item's text in findings: after the file it came from, else after the item. Lines are told only where the
// item is all that the file holds, and has not been written anew by an orchestrator that tells no path. The text is that of
// now, whatever the item becomes; it is written when a finding shows it.
func (l *List) FileName(item *Item) string {
	now := *item
	o := origin{item: item, text: now.Text}
	name := item.Path()
	if name == "" {
		name, o.noFile, o.noLines = item.ID().String(), true, true
	}
	if other, taken := l.files[name]; taken && other.item != item {
		o.noLines, o.item = true, nil
	}
	if item.index() > 0 {
		o.noLines = true
	}
	l.remember(name, o)
	return name
}

// Within names a text inside an item, such as the value of a ConfigMap's key. Where the name is taken by a text of another
// item, the item's name is put before it. A nil text is not shown.
func (l *List) Within(item *Item, name string, text []byte) string {
	if o, taken := l.files[name]; taken && o.item != item {
		name = item.Name() + "/" + name
	}
	l.remember(name, origin{item: item, text: func() []byte { return text }})
	return name
}

func (l *List) remember(name string, o origin) {
	if l.files == nil {
		l.files = map[string]origin{}
	}
	l.files[name] = o
}

// Hide keeps the lines of a text from being shown: it holds secrets.
func (l *List) Hide(name string) { l.remember(name, origin{item: l.files[name].item}) }

// Conceal keeps texts out of results and of what is written to stderr: values that are secret although they stand in the stream.
// See redact.New for the public ones.
func (l *List) Conceal(secrets, public []string) { l.redactor = redact.New(secrets, public) }

// Position is a place without its lines where they would point to something else.
func (l *List) Position(at diag.Position) diag.Position {
	if l.files[at.File].noLines {
		at.Line, at.Col = 0, 0
	}
	return at
}

// Find returns the items of a kind with the name.
func (l *List) Find(apiVersion, kind, name string) []*Item {
	var found []*Item
	for _, i := range l.Items {
		if i.APIVersion() == apiVersion && i.Kind() == kind && i.Name() == name {
			found = append(found, i)
		}
	}
	return found
}

// Names lists the names of the items of a kind.
func (l *List) Names(apiVersion, kind string) []string {
	var names []string
	for _, i := range l.Items {
		if i.APIVersion() == apiVersion && i.Kind() == kind {
			names = append(names, i.Name())
		}
	}
	return names
}

// slot is where an orchestrator writes an item: no two items may have the same. A path is taken whatever package it is in: in
// which one it puts what is new, the orchestrator only knows.
type slot struct {
	path  string
	index int
}

func takenPaths(items []*Item) map[slot]bool {
	taken := map[slot]bool{}
	for _, i := range items {
		taken[slot{path.Clean(i.Path()), i.index()}] = true
	}
	return taken
}

// place gives a new item a path and an index that no other has.
func (i *Item) place(file string, taken map[slot]bool) {
	at := slot{path: path.Clean(file)}
	for taken[at] {
		at.index++
	}
	taken[at] = true
	for _, key := range []string{pathKey, legacyPathKey} {
		i.SetAnnotation(key, at.path)
	}
	for _, key := range []string{indexKey, legacyIndexKey} {
		i.SetAnnotation(key, strconv.Itoa(at.index))
	}
}

// Less orders items by path and index; those that have none keep their order, before the others.
func Less(a, b *Item) int {
	if a.Path() == "" && b.Path() == "" {
		return 0
	}
	return cmp.Or(strings.Compare(a.Path(), b.Path()), cmp.Compare(a.index(), b.index()))
}

// Sorted returns the items in path order.
func Sorted(items []*Item) []*Item {
	items = slices.Clone(items)
	slices.SortStableFunc(items, Less)
	return items
}
