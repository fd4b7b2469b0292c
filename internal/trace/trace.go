// Package trace leads from a field of a rendered object back to its source. The line's input and an object go in; out come
// the place in the template or patch that wrote the field, and the values that it depends on: of the release's chart, and
// of the tree. Which values those are is found by trying: the release is rendered again with other values, and the field
// is looked at. Nothing about templates is guessed, so a value whose change alone changes the field is certain.
package trace

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Renders is how often a release is rendered for one field at most.
const Renders = 600

// Words is how many more times it is for values that templates compare with.
const Words = 300

// Writer is what wrote a field.
type Writer string

// The writers.
const (
	Template  Writer = "template"
	Manifest  Writer = "manifest"
	Patch     Writer = "patch"
	Kustomize Writer = "kustomize"
	Namespace Writer = "release"  // the namespace that the release gives its objects, or that is made for it
	Pipeline  Writer = "pipeline" // what rendering adds to every object
)

// Certainty is how well it is known that a field depends on a value.
type Certainty string

// The certainties.
const (
	Exact    Certainty = "exact"    // changing the value alone changes the field
	Possible Certainty = "possible" // only together with others, or every change of it makes rendering fail
)

// Leaf is a value that a field depends on.
type Leaf struct {
	Path      []string
	Node      *source.Node
	Certainty Certainty
	Decides   bool // a change takes the field, or the whole object, away
	Default   bool // of a chart's value: it is the chart's own
	Named     bool // it is the value's key that the field has in it, not the value
}

// Field is where a field comes from.
type Field struct {
	Path      []string
	Value     any
	By        Writer
	At        diag.Position // in what wrote it
	Rewritten bool          // it is an image whose name the cluster's rewrites changed
	Chart     []Leaf        // values that the chart or the manifests are given
	Tree      []Leaf        // values of the tree
	Complete  bool          // every value was tried
	Together  bool          // no value of the tree was found, but not each was tried alone: some may cancel others out
	Unproven  bool          // no value of the tree was found, but what wrote the field reads values
}

// Tracer traces fields of one object.
type Tracer struct {
	input   render.Input // the tree without derived values
	images  []patch.Rewrite
	words   func(path ...string) []string
	release render.Release
	at      int // of the release among all, and how many those are
	of      int
	object  object.Object
	lists   sync.Map
	// The object's place among those that its template writes, -1 where it is not among them, and what those are.
	index          int
	siblingsBefore []object.ID
	// What was rendered for fields before.
	rendered  map[string]rendered
	constants constants
	texts     map[string]string // of the templates, by file
}

type rendered struct {
	objects []object.Object
	ok      bool
}

// Rendered is what an input has rendered, and what else there is to know.
type Rendered struct {
	Releases []render.Release
	Objects  []object.Object
	Images   []patch.Rewrite               // that were applied to the objects
	Words    func(path ...string) []string // that the tree may have at a path where others are wrong
}

// New prepares for an object of what was rendered from the input.
func New(in render.Input, r Rendered, o object.Object) *Tracer {
	t := &Tracer{input: in, images: r.Images, words: r.Words, object: o, rendered: map[string]rendered{}}
	t.input.Tree, t.input.Unchecked = underived(in.Tree), true
	if i := slices.IndexFunc(r.Releases, func(x render.Release) bool { return x.Name == o.Release }); i >= 0 {
		t.release, t.at, t.of = r.Releases[i], i, len(r.Releases)
	}
	lower := slices.DeleteFunc(slices.Clone(r.Objects), func(x object.Object) bool { return x.Runlevel >= o.Runlevel })
	t.input.CRDs = append(slices.Clip(in.CRDs), lower...)
	return t
}

// underived is the tree before anything was derived from it.
func underived(tree *values.Tree) *values.Tree {
	i, found := tree.Root.Find("derived")
	if !found {
		return tree
	}
	root := *tree.Root
	root.Keys, root.Items = slices.Delete(slices.Clone(root.Keys), i, i+1), slices.Delete(slices.Clone(root.Items), i, i+1)
	return &values.Tree{Root: &root, Layers: tree.Layers, Rules: tree.Rules}
}

// Release is the release that the object is of.
func (t *Tracer) Release() render.Release { return t.release }

// At is the place of the object itself.
func (t *Tracer) At() diag.Position {
	at, _ := object.NewLocator(t.object, &t.lists).Written(nil)
	return at
}

// Field traces a field, which the object must have. It ends early when the context does.
func (t *Tracer) Field(ctx context.Context, path []string) Field {
	value, _ := object.Field(t.object.Object, path)
	f := Field{Path: path, Value: value, Complete: true}
	f.By, f.At = t.Place(path)
	f.Rewritten = t.rewritten(path, value)
	if f.By == Pipeline {
		return f
	}
	t.values(ctx, &f)
	return f
}

// Place is what wrote a field, and where.
func (t *Tracer) Place(path []string) (Writer, diag.Position) {
	if i := t.object.Edited(path); i >= 0 {
		return Patch, t.object.Edits[i].At
	}
	at, there := object.NewLocator(t.object, &t.lists).Written(path)
	switch {
	case t.object.Source.File == t.release.At.File:
		return Namespace, t.release.At // a Namespace that nothing else renders
	case !there && len(path) > 2 && path[0] == "metadata" && strings.HasPrefix(strings.Join(path[2:], "."), "otomi.io/"):
		return Pipeline, at
	case !there && slices.Equal(path, []string{"metadata", "namespace"}):
		return Namespace, t.release.At
	case t.release.Kustomize != "":
		return Kustomize, at
	case t.object.Source.Trace == nil:
		return Manifest, at
	default:
		return Template, at
	}
}

// rewritten reports whether the cluster's rewrites of images made the field's value.
func (t *Tracer) rewritten(path []string, value any) bool {
	if len(t.images) == 0 {
		return false
	}
	plain := t.object
	before, found := object.Field(plain.Rendered(), path)
	if n := len(plain.Edits); n > 0 {
		before, found = object.Field(plain.Edits[n-1].After, path)
	}
	_, isText := value.(string)
	return found && isText && !reflect.DeepEqual(before, value)
}
