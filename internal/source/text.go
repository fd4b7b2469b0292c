package source

import (
	"bytes"
	"unicode/utf8"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// bom is the byte order mark that some editors write at the beginning of UTF-8 text.
const bom = "\ufeff"

// unreadable says why data cannot be read at all: it is too large, not UTF-8, or holds characters that YAML does not allow.
func unreadable(name string, data []byte) *diag.Finding {
	whole := diag.Position{File: name}
	if len(data) > MaxBytes { // who read it may have stopped there
		f := diag.Errorf("too-large", whole, "the file has more than the %d bytes that a file may have", MaxBytes)
		return &f
	}
	if utf16(data) {
		f := diag.Errorf("not-utf8", diag.Position{File: name, Line: 1, Col: 1}, "the file is UTF-16 text, not UTF-8").
			WithHint("save it as UTF-8; in PowerShell: Out-File -Encoding utf8")
		return &f
	}
	for i := 0; i < len(data); {
		if b := data[i]; b >= ' ' && b <= '~' || b == '\n' || b == '\r' || b == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			f := diag.Errorf("not-utf8", place(name, data, i), "the byte 0x%02x is not UTF-8 text", data[i]).WithHint("save the file as UTF-8")
			return &f
		}
		if !allowed(r) {
			f := diag.Errorf("control-character", place(name, data, i), "the control character U+%04X cannot stand in YAML", r).
				WithHint(`write it as an escape in double quotes: "\u%04X"`, r)
			return &f
		}
		i += size
	}
	return nil
}

// utf16 recognises UTF-16 by its byte order mark, or by every second byte being zero where there is none.
func utf16(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return true
	}
	return len(data) >= 4 && (data[0] == 0) != (data[1] == 0) && (data[0] == 0) == (data[2] == 0) && (data[1] == 0) == (data[3] == 0)
}

// allowed are the characters beyond ASCII's printable ones that may stand in YAML text (yaml.org/spec/1.2.2, section 5.1).
func allowed(r rune) bool {
	return r == 0x85 || r >= 0xa0 && r <= 0xfffd || r >= 0x10000
}

// place is the position of a byte: lines end with a line feed, columns count characters.
func place(name string, data []byte, i int) diag.Position {
	before := bytes.TrimPrefix(data[:i], []byte(bom))
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return diag.Position{File: name, Line: 1 + bytes.Count(before, []byte("\n")), Col: 1 + utf8.RuneCount(line)}
}
