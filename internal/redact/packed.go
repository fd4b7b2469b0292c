package redact

import (
	"encoding/base64"
	"strings"
)

// What is taken for base64: pieces from this length on, and base64 in base64 so often.
const (
	shortestPacked = 8
	deepest        = 2
)

// packed hides the pieces of base64 that hold a secret, also one too short to be recognised by the letters that it becomes.
func (r *Redactor) packed(s string, depth int) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && packedByte(s[end]) {
			end++
		}
		if end-i >= shortestPacked && r.holds(s[i:end], depth) {
			b.WriteString(s[done:i])
			b.WriteString(r.mark(s[i:end], form{}))
			for end < len(s) && s[end] == '=' { // fills up the last group
				end++
			}
			done = end
		}
		i = max(end, i+1)
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// holds reports whether the piece is base64 of a text that holds a secret, wherever in it the base64 begins: a / before it may
// belong to a path.
func (r *Redactor) holds(piece string, depth int) bool {
	r = r.Marked(nil) // what is only asked about gets no number
	piece = strings.NewReplacer("-", "+", "_", "/").Replace(piece)
	for skip := range 4 {
		inner := piece[skip:]
		if len(inner)%4 == 1 {
			inner = inner[:len(inner)-1]
		}
		data, _ := base64.RawStdEncoding.DecodeString(inner) // what comes before an error counts
		text := string(data)
		if r.plain(text) != text || depth < deepest && r.packed(text, depth+1) != text {
			return true
		}
	}
	return false
}

// packedByte reports whether a byte belongs to a piece of base64 in either alphabet.
func packedByte(c byte) bool { return base64Byte(c) && c != '=' || c == '-' || c == '_' }
