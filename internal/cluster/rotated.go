package cluster

import (
	"fmt"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/redact"
)

// rotated is the present value where another with a secret takes its place, both of them masked: what differs in it may be a
// secret that nobody knows any more, because its Secret was changed before, and is hidden. Items of lists are the same by
// their names, or by their places.
func (m *masker) rotated(before, after any) any {
	switch x := after.(type) {
	case map[string]any:
		was, _ := before.(map[string]any)
		for key, value := range was {
			if becomes, stays := x[key]; stays {
				was[key] = m.rotated(value, becomes)
			}
		}
	case []any:
		was, _ := before.([]any)
		if !slices.ContainsFunc(x, composed) {
			return m.replaced(before, x)
		}
		for i, value := range x {
			it := item{name: nameOf(value)}
			if at := it.in(was, i); at >= 0 {
				was[at] = m.rotated(was[at], value)
			}
		}
	case string:
		return m.replaced(before, lined(x))
	}
	return before
}

// replaced is a text or a list of texts, less those that do not stay, where some that are to come hold secrets.
func (m *masker) replaced(before any, after []any) any {
	t, secret := same{}, false
	for _, v := range after {
		text := fmt.Sprint(v)
		secret = secret || redact.Shows(text)
		t[redact.Unnumbered(text)] = true
	}
	if !secret || before == nil {
		return before
	}
	for _, v := range textsOf(before) {
		if text := fmt.Sprint(v); t[redact.Unnumbered(text)] {
			t[text] = true // nothing but known secrets differs
		}
	}
	return m.differing(before, t)
}

func textsOf(v any) []any {
	if list, is := v.([]any); is {
		return list
	}
	return lined(v)
}
