package object

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/json"
)

// Reading manifests takes most of the time that checking them takes, and nearly all are written in the plain YAML that
// kubectl and Helm write: block maps and lists, scalars on one line, literal text. quick reads that and nothing else.
// Whatever it is not sure of it leaves to the complete reader, and with it everything that is wrong; a test holds that the
// two never differ.

// quickDepth is how deep the maps and lists may be that quick reads.
const quickDepth = 100

// longestKey is how long the keys may be that quick reads; YAML has a limit near it.
const longestKey = 1000

type quick struct {
	text   string
	at     int  // where the current line goes on
	end    int  // of the current line
	column int  // of at, from 0
	more   bool // there is a current line
	depth  int
	failed bool // the text is for the complete reader

	// Where a path is to be found: how much of it leads to the map or list that is being read, -1 for nothing of it, and the
	// offset of the last part that was there.
	path         []string
	along, place int
	found        int // how many parts were there
}

// readQuickly reads a document, and says whether it could.
func readQuickly(text []byte) (map[string]any, bool) {
	if text = bytes.TrimLeft(text, "\n"); len(text) > 0 && text[0] == '{' {
		return readJSON(text)
	}
	if !simple(text) {
		return nil, false
	}
	q := &quick{text: string(text), end: -1}
	q.next()
	if !q.more || q.column != 0 {
		return nil, false
	}
	m := q.mapping(0)
	return m, !q.failed && !q.more
}

// readJSON reads a document that is JSON, as kubectl writes it. A fraction stays one: 1.0 is no integer.
func readJSON(text []byte) (map[string]any, bool) {
	var m map[string]any
	twice, err := json.UnmarshalStrict(text, &m, json.DisallowDuplicateFields)
	return m, err == nil && len(twice) == 0 && utf8.Valid(text)
}

// simple reports text without tabs, carriage returns, controls and what YAML takes for a line's end in other alphabets.
func simple(text []byte) bool {
	ascii := true
	for _, c := range text {
		if c < ' ' && c != '\n' || c == 0x7f {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii {
		return true
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError || r > 0x7f && r <= 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0xfdd0 {
			return false
		}
		text = text[size:]
	}
	return true
}

func (q *quick) fail() { q.failed, q.more = true, false }

// next goes to the next line that holds something.
func (q *quick) next() {
	for q.more = false; q.end < len(q.text) && !q.failed; {
		start := q.end + 1
		if start >= len(q.text) {
			q.end = len(q.text)
			return
		}
		q.end = len(q.text)
		if i := strings.IndexByte(q.text[start:], '\n'); i >= 0 {
			q.end = start + i
		}
		q.at = start
		q.spaces()
		if q.column = q.at - start; q.at < q.end && q.text[q.at] != '#' {
			q.more = true
			return
		}
	}
}

func (q *quick) spaces() {
	for q.at < q.end && q.text[q.at] == ' ' {
		q.at++
	}
}

// over reports whether nothing but a comment is left on the line. A comment needs space before it.
func (q *quick) over() bool {
	q.spaces()
	return q.at == q.end || q.text[q.at] == '#' && q.text[q.at-1] == ' '
}

// dash reports whether a list's item begins here.
func (q *quick) dash() bool {
	return q.text[q.at] == '-' && (q.at+1 == q.end || q.text[q.at+1] == ' ')
}

// mapping reads a map whose keys stand in a column.
func (q *quick) mapping(column int) map[string]any {
	if q.depth++; q.depth > quickDepth {
		q.fail()
	}
	m := make(map[string]any, 4)
	along := q.along
	for q.more && q.column == column {
		at := q.at
		key, ok := q.key()
		if _, twice := m[key]; !ok || twice {
			q.fail()
			break
		}
		q.follow(along, key, at)
		var value any
		switch {
		case !q.over():
			value = q.scalar(column)
		default:
			q.next()
			if q.more && q.column == column && q.dash() {
				value = q.list(column)
			} else if q.more && q.column > column {
				value = q.node(column)
			}
		}
		m[key] = value
	}
	if q.more && q.column > column {
		q.fail()
	}
	q.along = along
	q.depth--
	return m
}

// list reads a list whose dashes stand in a column.
func (q *quick) list(column int) []any {
	if q.depth++; q.depth > quickDepth {
		q.fail()
	}
	list := make([]any, 0, 2)
	along := q.along
	for q.more && q.column == column && q.dash() {
		q.at++
		var value any
		if before := q.at; q.over() {
			if q.next(); q.more && q.column > column {
				q.item(along, len(list))
				value = q.node(column)
			} else if q.item(along, len(list)); q.along > 0 {
				q.fail() // nothing has no place here
			}
		} else {
			q.column += 1 + q.at - before
			q.item(along, len(list))
			value = q.node(column)
		}
		list = append(list, value)
	}
	if q.more && q.column > column {
		q.fail()
	}
	q.along = along
	q.depth--
	return list
}

// node reads what begins here, below something in a column further left.
func (q *quick) node(outer int) any {
	if q.dash() {
		return q.list(q.column)
	}
	at := q.at
	if _, ok := q.key(); ok {
		q.at = at
		return q.mapping(q.column)
	}
	q.at = at
	return q.scalar(outer)
}

// key reads a key and its colon.
func (q *quick) key() (string, bool) {
	if c := q.text[q.at]; c == '"' || c == '\'' {
		return q.quotedKey(c)
	}
	line := q.text[q.at:q.end]
	i := 0
	for i < len(line) && wordy(line[i]) {
		i++
	}
	if i == 0 || i == len(line) || i > longestKey || line[i] != ':' || i+1 < len(line) && line[i+1] != ' ' {
		return "", false
	}
	q.at += i + 1
	return line[:i], words(line[:i])
}

func (q *quick) quotedKey(quote byte) (string, bool) {
	line := q.text[q.at+1 : q.end]
	i := strings.IndexByte(line, quote)
	if i < 0 || i > longestKey || strings.Contains(line[:i], `\`) {
		return "", false
	}
	if after := line[i+1:]; after != ":" && !strings.HasPrefix(after, ": ") {
		return "", false
	}
	q.at += i + 3
	return line[:i], true
}

// wordy reports characters of which every key and word of a manifest can be, and none of YAML's signs.
func wordy(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '/' || c == '-' || c == '_'
}
