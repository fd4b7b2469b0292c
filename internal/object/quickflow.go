package object

import "strings"

// flow reads a map or list in brackets that ends on the line, of plain words, scalars in quotes, maps and lists.
func (q *quick) flow() any {
	if q.depth++; q.depth > quickDepth {
		q.fail()
	}
	defer func() { q.depth-- }()
	if q.text[q.at] == '[' {
		return q.flowList()
	}
	m := map[string]any{}
	for q.at++; !q.closes('}', len(m) == 0) && !q.failed; {
		text, quoted := q.word()
		_, twice := m[text]
		if twice || !quoted && (text == "" || !words(text)) || q.at+1 >= q.end || q.text[q.at] != ':' || q.text[q.at+1] != ' ' {
			q.fail()
			break
		}
		q.at++
		m[text] = q.flowValue()
	}
	return m
}

func (q *quick) flowList() []any {
	list := []any{}
	for q.at++; !q.closes(']', len(list) == 0) && !q.failed; {
		list = append(list, q.flowValue())
	}
	return list
}

// closes reports the bracket that ends a map or list; before anything but the first of it there is a comma.
func (q *quick) closes(bracket byte, first bool) bool {
	q.spaces()
	switch {
	case q.at >= q.end:
		q.fail()
	case q.text[q.at] == bracket:
		q.at++
		return true
	case !first && q.text[q.at] != ',':
		q.fail()
	case !first:
		q.at++
		q.spaces()
	}
	return false
}

func (q *quick) flowValue() any {
	q.spaces()
	if q.at < q.end && (q.text[q.at] == '{' || q.text[q.at] == '[') {
		return q.flow()
	}
	switch text, quoted := q.word(); {
	case quoted:
		return text
	case text == "" || text[0] == '-' || q.at < q.end && !strings.ContainsRune(",}] ", rune(q.text[q.at])):
		q.fail()
		return nil
	default:
		return q.plain(text)
	}
}

// word reads a scalar inside brackets: in quotes, or of characters that mean nothing there.
func (q *quick) word() (text string, quoted bool) {
	start := q.at
	if start >= q.end {
		return "", false
	}
	if c := q.text[start]; c == '"' || c == '\'' {
		n := strings.IndexByte(q.text[start+1:q.end], c)
		if n < 0 || n > longestKey || strings.Contains(q.text[start+1:start+1+n], `\`) {
			q.fail()
			return "", false
		}
		q.at = start + n + 2
		return q.text[start+1 : start+1+n], true
	}
	for q.at < q.end && q.at-start < longestKey && wordy(q.text[q.at]) {
		q.at++
	}
	return q.text[start:q.at], false
}
