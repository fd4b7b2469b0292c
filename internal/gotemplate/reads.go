package gotemplate

import (
	"context"
	"errors"
	"fmt"
	"text/template/parse"
)

// Reads is what templates may read of a value: of a tree of values when nothing is known of its content. It errs to one side:
// what is not in it is read by no template, whatever the values are.
type Reads struct {
	Whole bool              // all of it
	Empty bool              // whether it is empty
	Keys  map[string]*Reads // of members that are named
	Any   *Reads            // of every member

	depth int
}

// deepest is how far down reads are told apart. A template that calls itself for a member of a value would never end.
const deepest = 24

// At is what is read of a member. It notes that the member is read.
func (r *Reads) At(key string) *Reads {
	if r.depth >= deepest {
		r.Whole = true
		return r
	}
	if r.Keys == nil {
		r.Keys = map[string]*Reads{}
	}
	if r.Keys[key] == nil {
		r.Keys[key] = &Reads{depth: r.depth + 1}
	}
	return r.Keys[key]
}

func (r *Reads) any() *Reads {
	if r.depth >= deepest {
		r.Whole = true
		return r
	}
	if r.Any == nil {
		r.Any = &Reads{depth: r.depth + 1}
	}
	return r.Any
}

// Scope is what the templates of a chart, or of a core, see.
type Scope struct {
	Values    *Reads            // .Values
	Globals   []*Reads          // of charts above: .Values.global too
	Cluster   *Reads            // .Cluster, if there is one
	Chart     string            // .Chart.Name
	BasePath  string            // .Template.BasePath
	Subcharts map[string]*Scope // .Subcharts
}

// Reader follows templates without executing them, to learn what they read.
type Reader struct {
	set    *Set
	texts  []string // in the values: tpl may be given them
	trees  map[string][]*parse.Tree
	done   map[string]bool // what was followed, by template and data
	scopes map[*Scope]*abstract
	steps  int
	nested int          // includes that are under way
	ended  func() error // whether there is no more time
	read   []task       // what was followed, to follow it again when more is known
	put    put
}

// put is where templates put texts that may be templates: into maps, from where others take them.
type put struct {
	somewhere  bool
	intoValues bool
}

// task is a template to follow, and what it sees.
type task struct {
	name string
	dot  *abstract
}

// These bound the time and the memory. Where they do not suffice, as for a template that hands itself a map with its own dot
// in it, nothing is known of what is read.
const (
	mostSteps  = 500_000
	mostNested = 100   // a template that calls itself for a member of a value calls itself deepest times
	mostWeight = 4_000 // of what a template has in its hands
	mostText   = 4_000 // bytes that a template prints of constants
)

var errGaveUp = errors.New("what the templates read cannot be told")

// Reader makes a reader of the set's templates. Of the texts in the values it needs those that may be templates.
func (s *Set) Reader(texts []string) *Reader {
	r := &Reader{set: s, texts: texts, trees: map[string][]*parse.Tree{}, done: map[string]bool{}, scopes: map[*Scope]*abstract{}}
	for _, trees := range s.trees {
		for name, tree := range trees {
			r.trees[name] = append(r.trees[name], tree) // which one wins depends on subcharts; all count
		}
	}
	return r
}

// Read follows a template that sees the scope. It fails where what that reads is not known.
func (r *Reader) Read(ctx context.Context, name string, scope *Scope) error {
	r.ended = ctx.Err
	before := r.put
	r.read = append(r.read, task{name, r.scope(scope)})
	r.include(name, r.scope(scope))
	for r.put != before { // those that came before may take what was put
		before, r.done = r.put, map[string]bool{}
		for _, t := range r.read {
			r.include(t.name, t.dot)
		}
	}
	if r.gaveUp() {
		return errGaveUp
	}
	return nil
}

func (r *Reader) giveUp() { r.steps = mostSteps + 1 }

func (r *Reader) gaveUp() bool { return r.steps > mostSteps }

// scope is what a scope is to the reader, the same each time.
func (r *Reader) scope(s *Scope) *abstract {
	if v := r.scopes[s]; v != nil {
		return v
	}
	values := &abstract{places: []*Reads{s.Values}}
	if len(s.Globals) > 0 {
		values.fields = map[string]*abstract{"global": {places: s.Globals}}
	}
	v := &abstract{name: fmt.Sprintf("scope %d", len(r.scopes)), fields: map[string]*abstract{
		"Values":   values,
		"Files":    {foreign: true},
		"Chart":    chartFields(s.Chart),
		"Template": {fields: map[string]*abstract{"BasePath": constant(s.BasePath)}},
	}}
	r.scopes[s] = v
	if s.Cluster != nil {
		v.fields["Cluster"] = &abstract{places: []*Reads{s.Cluster}}
	}
	subcharts := &abstract{fields: map[string]*abstract{}}
	for name, sub := range s.Subcharts {
		subcharts.fields[name] = r.scope(sub)
	}
	v.fields["Subcharts"] = subcharts
	return v
}

// chartFields are what a template sees of Chart.yaml, which may hold texts for tpl.
func chartFields(name string) *abstract {
	fields := map[string]*abstract{"Name": constant(name)}
	for _, text := range []string{"Annotations", "Description", "Home", "Keywords", "Sources"} {
		fields[text] = &abstract{foreign: true}
	}
	return &abstract{fields: fields}
}
