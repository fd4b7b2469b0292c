package object

import "strings"

// literal reads text below |, |- or |+, which is indented further than the column outer.
func (q *quick) literal(outer int) any {
	q.at++
	chomp := byte(0)
	if q.at < q.end && (q.text[q.at] == '-' || q.text[q.at] == '+') {
		chomp = q.text[q.at]
		q.at++
	}
	if q.spaces(); q.at < q.end || q.end >= len(q.text) {
		q.fail()
		return nil
	}
	start := q.end + 1
	indent, end := q.extent(start, outer)
	if indent < 0 {
		q.fail()
		return nil
	}
	var b strings.Builder
	for at := start; at < end; {
		line, _, _ := strings.Cut(q.text[at:end], "\n")
		b.WriteString(line[min(indent, len(line)):])
		b.WriteByte('\n')
		at += len(line) + 1
	}
	q.end = end - 1
	q.next()
	text := b.String()
	body := strings.TrimRight(text, "\n")
	switch {
	case chomp == '+':
		return text
	case chomp == '-' || body == "":
		return body
	default:
		return body + "\n"
	}
}

// extent is how far literal text is indented and where it ends; the indentation is -1 where that is not for sure.
func (q *quick) extent(start, outer int) (indent, end int) {
	indent, end = -1, start
	for end < len(q.text) {
		i := strings.IndexByte(q.text[end:], '\n')
		if i < 0 { // text without a line's end at the end of the file
			return -1, end
		}
		line := q.text[end : end+i]
		content := strings.TrimLeft(line, " ")
		column := len(line) - len(content)
		switch {
		case indent < 0 && content == "" && line != "":
			return -1, end
		case content == "":
		case indent < 0:
			if column <= outer {
				return -1, end
			}
			indent = column
		case column < indent:
			return indent, end
		}
		end += i + 1
	}
	return indent, end
}
