package diag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// A line longer than this many columns is cut; what is shown begins at most so far before the caret.
const (
	widest    = 160
	lookAhead = 80
)

// excerpt shows the line of the position and a caret under its column.
func (p *printer) excerpt(at Position) {
	if p.Source == nil || at.Line == 0 || !p.seek(at.File, at.Line, p.Source) {
		return
	}
	text, caret := window(p.text, p.to(at.Col))
	number := fmt.Sprint(at.Line)
	fmt.Fprintf(&p.out, "%s%s | %s\n", indent, number, text)
	if caret >= 0 {
		fmt.Fprintf(&p.out, "%s%s | %s%s\n", indent, strings.Repeat(" ", len(number)), strings.Repeat(" ", caret), p.paint("1;31", "^"))
	}
}

// window is the part of a line around a character as a terminal shows it, and how many of the terminal's columns stand before
// the character; -1 where there is none, which at, where the character begins, says with -1 too.
func window(line []byte, at int) (text string, caret int) {
	start, end := 0, len(line)
	if at >= 0 && columns(line[:at], widest) > widest-lookAhead {
		for start = at; start > 0 && columns(line[start:at], lookAhead) < lookAhead; {
			_, size := utf8.DecodeLastRune(line[:start])
			start -= size
		}
	}
	if n := fit(line[start:], widest); start+n < end {
		end = start + n
	}
	before, after := "", ""
	if start > 0 {
		before = "…"
	}
	if end < len(line) {
		after = "…"
	}
	text = before + shown(line[start:end]) + after
	if at < 0 {
		return text, -1
	}
	return text, columns([]byte(before), 1) + columns(line[start:at], widest)
}

// columns is how many of a terminal's columns text takes; it stops counting beyond limit, for lines may be long.
func columns(text []byte, limit int) int {
	n := 0
	for len(text) > 0 && n <= limit {
		r, size := utf8.DecodeRune(text)
		n += cells(r, text[:size])
		text = text[size:]
	}
	return n
}

// fit is how many bytes of text take at most so many columns.
func fit(text []byte, columns int) int {
	n, i := 0, 0
	for i < len(text) {
		r, size := utf8.DecodeRune(text[i:])
		if n += cells(r, text[i:i+size]); n > columns {
			break
		}
		i += size
	}
	return i
}

// cells is the width of one character: two for those of East Asia and most pictures, none for accents that stand on the
// character before.
func cells(r rune, raw []byte) int {
	switch {
	case r == '\t':
		return 1
	case r < utf8.RuneSelf && r >= ' ' && r != 0x7f:
		return 1
	case obeyed(r) || r == utf8.RuneError && len(raw) == 1:
		return len(Printable(string(raw)))
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// shown is a piece of a line with a space for each tab, so that a column is a column.
func shown(text []byte) string { return Printable(strings.ReplaceAll(string(text), "\t", " ")) }
