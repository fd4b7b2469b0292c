package object

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// placeQuickly finds where a field stands in a text, as walk does in its nodes, and the line on which the text's content begins.
// It reads the text once more, which for one or two fields is much less work than to make nodes of all of it. Ok is false where
// the complete reader has to look.
func placeQuickly(text []byte, parts []string) (at diag.Position, first int, there, ok bool) {
	if len(parts) == 0 || !simple(text) {
		return at, 0, false, false
	}
	q := &quick{text: string(text), end: -1, path: parts}
	if q.next(); !q.more || q.column != 0 || q.text[q.at] == '{' {
		return at, 0, false, false
	}
	first = 1 + strings.Count(q.text[:q.at], "\n")
	q.place = q.at
	m := q.mapping(0)
	if _, list := m["items"]; q.failed || q.more || list {
		return at, 0, false, false
	}
	start := strings.LastIndexByte(q.text[:q.place], '\n') + 1
	at.Line = 1 + strings.Count(q.text[:start], "\n")
	at.Col = 1 + utf8.RuneCountInString(q.text[start:q.place])
	return at, first, q.found == len(parts), true
}

// follow notes that a key of a map was read, to which so much of the path leads.
func (q *quick) follow(along int, key string, at int) {
	q.along = -1
	if along < 0 || along >= len(q.path) {
		return
	}
	switch next := q.path[along]; {
	case key == next:
		q.along, q.place, q.found = along+1, at, along+1
	case strings.HasPrefix(key, next+"."): // perhaps a key of several parts, written without brackets
		q.fail()
	}
}

// item notes that an item of a list begins here.
func (q *quick) item(along, index int) {
	q.along = -1
	if along >= 0 && along < len(q.path) && q.path[along] == strconv.Itoa(index) {
		q.along, q.place, q.found = along+1, q.at, along+1
	}
}

// leadsInto reports whether the path goes on into a map or list in brackets, whose parts have no places here.
func (q *quick) leadsInto() bool { return q.along > 0 && q.along < len(q.path) }
