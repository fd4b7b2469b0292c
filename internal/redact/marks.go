package redact

import (
	"fmt"
	"strings"
)

// Marks tells hidden texts apart without showing them: equal ones get equal marks, others others. They are numbered as they
// come, so that whoever asks in the same order gets the same marks in every run.
type Marks struct{ numbers map[string]int }

// Of is what stands for the text.
func (m *Marks) Of(text string) string {
	text = strings.TrimSpace(text)
	n, known := m.numbers[text]
	if !known {
		if m.numbers == nil {
			m.numbers = map[string]int{}
		}
		n = len(m.numbers) + 1
		m.numbers[text] = n
	}
	return fmt.Sprintf("%s:%d>", begins, n)
}

// begins is what all marks begin with.
const begins = "<redacted"

// Shows reports a text in which a mark stands.
func Shows(text string) bool { return strings.Contains(text, begins) }

// Unnumbered is a text with Mark for every mark in it.
func Unnumbered(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, begins+":")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		rest := strings.TrimLeft(after, "0123456789")
		if len(rest) < len(after) && strings.HasPrefix(rest, ">") {
			out.WriteString(Mark)
			text = rest[1:]
			continue
		}
		out.WriteString(begins + ":")
		text = after
	}
}

// Marked is a redactor of the same secrets that puts the marks in their place.
func (r *Redactor) Marked(m *Marks) *Redactor {
	return &Redactor{forms: r.forms, words: r.words, marks: m}
}

// mark stands for a hidden piece of text, which is a form of the secret.
func (r *Redactor) mark(piece string, f form) string {
	switch {
	case r.marks == nil:
		return Mark
	case piece == f.text:
		return r.marks.Of(f.secret)
	default:
		return r.marks.Of(piece) // of it the secret is a part
	}
}
