package diag

import (
	"bytes"
	"unicode/utf8"
)

// cursor is a place in a file's text from which the next one is looked for: findings come in the order of their places, and
// there may be one in every line, or as many in one line.
type cursor struct {
	file string
	data []byte // the file's
	rest []byte // of data, behind text
	more bool   // there is a line behind text
	text []byte // the line, without its end
	line int    // its number; 0: before the first one

	col, offset int // a character of text: its number from 1, and where it begins
}

// seek goes to a line, and says whether there is one.
func (c *cursor) seek(file string, line int, source func(file string) []byte) bool {
	switch {
	case c.line == 0 || c.file != file:
		c.file, c.data = file, bytes.TrimPrefix(source(file), []byte("\ufeff"))
		fallthrough
	case line < c.line:
		c.line, c.rest, c.more = 0, c.data, len(c.data) > 0
	}
	for c.line < line {
		if !c.more {
			return false
		}
		c.text, c.rest, c.more = bytes.Cut(c.rest, []byte("\n"))
		c.line++
		c.col, c.offset = 1, 0
	}
	c.text = bytes.TrimSuffix(c.text, []byte("\r"))
	return true
}

// to goes to a character of the line, and says where it begins; right behind the last one is a place too. -1: there is none.
func (c *cursor) to(col int) int {
	if col < 1 {
		return -1
	}
	if col < c.col {
		c.col, c.offset = 1, 0
	}
	for ; c.col < col; c.col++ {
		if c.offset == len(c.text) {
			return -1
		}
		_, size := utf8.DecodeRune(c.text[c.offset:])
		c.offset += size
	}
	return c.offset
}
