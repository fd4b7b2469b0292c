package cluster

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// Hidden is what a diff must not show.
type Hidden struct {
	Texts []string            // secret values, wherever they occur
	Taint map[object.ID]Taint // what of an object depends on secrets, whatever a template made of them
}

// Taint says what of a value depends on secrets: the value was made with them and with others in their place. nil: nothing.
// Otherwise it is members by key, items in order, or the texts that came out the same.
type Taint any

type (
	members map[string]Taint
	items   []item
	same    map[string]bool // lines of a text, or scalars of a list, without secrets
)

type item struct {
	name  any // of a map; nil: it has none, and its place tells it from others
	taint Taint
}

// NewTaint compares what was made with secrets with what was made without; found is called for each text that differs.
func NewTaint(with, without any, found func(text string)) Taint {
	if reflect.DeepEqual(with, without) {
		return nil
	}
	switch x := with.(type) {
	case map[string]any:
		other, _ := without.(map[string]any)
		t := members{}
		for key, value := range x {
			if below := NewTaint(value, other[key], found); below != nil {
				t[key] = below
			}
		}
		return t
	case []any:
		other, _ := without.([]any)
		if !slices.ContainsFunc(x, composed) {
			return newSame(x, other, found)
		}
		t := items{}
		for i, value := range x {
			var beside any
			if i < len(other) {
				beside = other[i]
			}
			t = append(t, item{nameOf(value), NewTaint(value, beside, found)})
		}
		return t
	default:
		return newSame(lined(with), lined(without), found)
	}
}

// newSame are the texts without secrets. Where there is nothing to compare with, nobody knows which texts are secret.
func newSame(with, without []any, found func(text string)) same {
	t := same{}
	for _, value := range without {
		t[fmt.Sprint(value)] = true
	}
	for _, value := range with {
		if text := fmt.Sprint(value); len(without) > 0 && !t[text] {
			found(text)
		}
	}
	return t
}

// lined is a scalar as its lines.
func lined(scalar any) []any {
	text, isText := scalar.(string)
	switch {
	case scalar == nil:
		return nil
	case !isText:
		return []any{scalar}
	}
	var out []any
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, line)
	}
	return out
}

func composed(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

func nameOf(v any) any {
	m, _ := v.(map[string]any)
	return m["name"]
}

// conceal is a value of one side of a diff, with marks for what depends on secrets.
func (m *masker) conceal(v any, t Taint) any {
	switch t := t.(type) {
	case members:
		fields, _ := v.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(t)) {
			if value, there := fields[key]; there {
				fields[key] = m.conceal(value, t[key])
			}
		}
	case items:
		list, _ := v.([]any)
		for i, x := range t {
			if at := x.in(list, i); at >= 0 {
				list[at] = m.conceal(list[at], x.taint)
			}
		}
	case same:
		return m.differing(v, t)
	}
	return v
}

// differing hides every text that did not come out the same without secrets.
func (m *masker) differing(v any, t same) any {
	one := func(v any) any {
		if text := fmt.Sprint(v); !t[text] {
			return m.marks.Of(text)
		}
		return v
	}
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i, value := range x {
			out[i] = one(value)
		}
		return out
	case string:
		lines := strings.Split(x, "\n")
		for i, line := range lines {
			if line != "" {
				lines[i] = fmt.Sprint(one(line))
			}
		}
		return strings.Join(lines, "\n")
	default:
		return one(v)
	}
}

// in is the item's index in a list of the cluster's, which may have it elsewhere; -1: it is not there.
func (x item) in(list []any, i int) int {
	if x.name != nil {
		return slices.IndexFunc(list, func(v any) bool { return nameOf(v) == x.name })
	}
	if i < len(list) {
		return i
	}
	return -1
}

// of is the item as the list has it; nil: it has none.
func (x item) of(list []any, i int) any {
	if at := x.in(list, i); at >= 0 {
		return list[at]
	}
	return nil
}
