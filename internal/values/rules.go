package values

import (
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// ListRule says what a higher list does to a lower one.
type ListRule uint8

// The values of the schema's x-merge. A list replaces unless the schema says otherwise.
const (
	Replace ListRule = iota
	Append           // the higher list's items after the lower one's
	Prepend          // before them
	ByKey            // items that are maps with the same value at Key are merged in place, others come after
)

// Rules are what the schema says about merging, for one value and, by path, for those below it. A nil *Rules stands for
// the usual rules everywhere below.
type Rules struct {
	List     ListRule
	Key      string            // of ByKey: x-merge-key, "name" where the schema names none
	KeepNull bool              // x-null: keep, or below rawValues: null is a value, not a removal
	Secret   *Secret           // x-secret: the value, and all below it, is a secret; nil: the schema does not say so
	Default  *source.Node      // of the schema, with its place there; nil: none
	Fields   map[string]*Rules // properties
	Patterns []Pattern         // patternProperties, in the schema's order
	Rest     *Rules            // additionalProperties
	Items    *Rules            // items
}

// Secret is what the schema's x-secret says: true or "" for a secret that people choose, else how to make one.
type Secret struct {
	Generator string        // a Go template such as {{ randAlphaNum 32 }}, "" for none
	At        diag.Position // in the schema
}

// Pattern are the rules of the keys that it matches.
type Pattern struct {
	Match func(key string) bool
	Rules *Rules
}

// field returns the rules of a map's member.
func (r *Rules) field(key string) *Rules {
	if r == nil {
		return nil
	}
	if f, ok := r.Fields[key]; ok {
		return f
	}
	for _, p := range r.Patterns {
		if p.Match(key) {
			return p.Rules
		}
	}
	return r.Rest
}

// Has reports whether the rules say something about a member of that name.
func (r *Rules) Has(key string) bool {
	_, named := r.Fields[key]
	return named || r.field(key) != nil
}

func (r *Rules) items() *Rules {
	if r == nil {
		return nil
	}
	return r.Items
}
