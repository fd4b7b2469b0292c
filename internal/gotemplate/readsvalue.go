package gotemplate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
