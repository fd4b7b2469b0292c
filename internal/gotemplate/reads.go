package gotemplate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// abstract is what a template may have in its hands.
type abstract struct {
	places  []*Reads             // parts of the values
	fields  map[string]*abstract // members of a map that a template made
	items   *abstract            // any item of a list that a template made
	texts   []string             // constants that it may be
	known   bool                 // it is one of texts, and nothing else
	values  bool                 // it is text of the values, whole
	foreign bool                 // text that stands neither in the values nor as it is in a template may be in it
	name    string               // of a scope, which is compared by it
	weight  int                  // of all that is in it; 0: next to nothing, or a scope
}

// weigh notes the weight of a value that a template made.
func (v *abstract) weigh() *abstract {
	v.weight = 1 + len(v.places) + len(v.texts)
	for _, member := range v.fields {
		v.weight += max(1, member.weight)
	}
	if v.items != nil {
		v.weight += max(1, v.items.weight)
	}
	return v
}

func constant(text string) *abstract { return &abstract{texts: []string{text}, known: true} }

// either is one of several values.
func either(vs ...*abstract) *abstract {
	out := &abstract{known: len(vs) > 0, values: len(vs) > 0}
	for _, v := range vs {
		if v == nil {
			continue
		}
		out.values = out.values && v.ofValues()
		for _, p := range v.places {
			if !slices.Contains(out.places, p) {
				out.places = append(out.places, p)
			}
		}
		for _, key := range sortedKeys(v.fields) {
			if out.fields == nil {
				out.fields = map[string]*abstract{}
			}
			if have := out.fields[key]; have != nil && have != v.fields[key] {
				out.fields[key] = either(have, v.fields[key])
			} else {
				out.fields[key] = v.fields[key]
			}
		}
		if v.items != nil {
			out.items = either(out.items, v.items)
		}
		for _, text := range v.texts {
			if !slices.Contains(out.texts, text) {
				out.texts = append(out.texts, text)
			}
		}
		out.known = out.known && v.known
		out.foreign = out.foreign || v.foreign
	}
	return out.weigh()
}

// ofValues reports whether it is part of the values, or text of them, and nothing that a template made.
func (v *abstract) ofValues() bool {
	return (v.values || len(v.places) > 0) && v.fields == nil && v.items == nil && !v.foreign
}

// field is a member by its name.
func (v *abstract) field(name string) *abstract {
	parts := []*abstract{{foreign: v.foreign}}
	for _, p := range v.places {
		if slices.Contains([]string{"AsMap", "Encode", "PathValue", "Table", "YAML"}, name) { // methods of Helm's values
			p.Whole = true
		}
		parts = append(parts, &abstract{places: []*Reads{p.At(name)}})
	}
	if member := v.fields[name]; member != nil {
		if len(v.places) == 0 && !v.foreign {
			return member
		}
		parts = append(parts, member)
	}
	return either(parts...)
}

// member is any member.
func (v *abstract) member() *abstract {
	parts := []*abstract{{foreign: v.foreign}, v.items}
	for _, p := range v.places {
		parts = append(parts, &abstract{places: []*Reads{p.any()}})
	}
	for _, key := range sortedKeys(v.fields) {
		parts = append(parts, v.fields[key])
	}
	return either(parts...)
}

// whole notes that all of a value is read.
func (v *abstract) whole() { v.each(map[*abstract]bool{}, func(p *Reads) { p.Whole = true }) }

// empty notes that it is asked whether the value is empty.
func (v *abstract) empty() {
	for _, p := range v.places {
		p.Empty = true
	}
}

func (v *abstract) each(seen map[*abstract]bool, do func(*Reads)) {
	v.parts(seen, func(part *abstract) {
		for _, p := range part.places {
			do(p)
		}
	})
}

// parts calls do for a value and all that is in it.
func (v *abstract) parts(seen map[*abstract]bool, do func(*abstract)) {
	if v == nil || seen[v] {
		return
	}
	seen[v] = true
	do(v)
	for _, member := range v.fields {
		member.parts(seen, do)
	}
	v.items.parts(seen, do)
}

// mayHoldTemplate reports whether a text in a value may be a template that does not stand in the values.
func (v *abstract) mayHoldTemplate() bool {
	may := false
	v.parts(map[*abstract]bool{}, func(part *abstract) {
		may = may || part.foreign && part.name == "" || slices.ContainsFunc(part.texts, func(t string) bool { return strings.Contains(t, "{") })
	})
	return may
}

// key tells values apart that templates are followed for.
func (v *abstract) key() string {
	if v == nil {
		return ""
	}
	if v.name != "" {
		return v.name
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%q%v%v[", v.texts, v.known, v.foreign)
	for _, p := range v.places {
		fmt.Fprintf(&b, "%p ", p)
	}
	for _, name := range slices.Sorted(maps.Keys(v.fields)) {
		b.WriteString(name + ":" + v.fields[name].key() + ",")
	}
	return b.String() + "|" + v.items.key() + "]"
}
