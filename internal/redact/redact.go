// Package redact keeps secrets out of what is printed. Secret texts go in; text comes out in which <redacted> stands for
// each of them, as it is, in base64, or as JSON, Go, YAML and URLs write it.
package redact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mark stands for a secret.
const Mark = begins + ">"

// What is looked for. A text shorter than shortest is everywhere, and hiding it would hide the rest. A shorter one than safe
// hides only where it stands for itself, not inside a longer word.
const (
	shortest = 3
	safe     = 6
	wordy    = 12 // a lower-case word up to this length may be a user's name, and an object's: if it is public
)

// Redactor knows secrets. The zero value, and nil, know none.
type Redactor struct {
	forms map[[shortest]byte][]form // by their first bytes, longest first
	words map[string]bool           // the secrets that are names too
	marks *Marks                    // what stands for each; nil: Mark for all
}

// form is one way in which a secret, or a line of it, may be written.
type form struct {
	text   string
	kind   kind
	secret string
}

type kind uint8

const (
	anywhere kind = iota
	alone         // no letter or digit beside it
	apart         // a name too: not part of a path or a dashed name either
	encoded       // base64: all that belongs to the same piece of it goes too
)

// New prepares for the secrets. Those that are public too, as a key or the name of something, are hidden only where they
// stand alone, if they look like a name: hiding every other use would garble what is said.
func New(secrets, public []string) *Redactor {
	r := &Redactor{forms: map[[shortest]byte][]form{}, words: map[string]bool{}}
	for _, p := range public {
		r.words[p] = named(p)
	}
	known := map[form]bool{}
	for _, s := range secrets {
		for _, f := range r.formsOf(s) {
			if k := (form{text: f.text, kind: f.kind}); !known[k] {
				known[k] = true
				key := [shortest]byte([]byte(f.text))
				r.forms[key] = append(r.forms[key], f)
			}
		}
	}
	for _, list := range r.forms {
		slices.SortStableFunc(list, func(a, b form) int { return len(b.text) - len(a.text) })
	}
	return r
}

// Text is s with every secret hidden.
func (r *Redactor) Text(s string) string {
	if r == nil || len(r.forms) == 0 {
		return s
	}
	return r.packed(r.plain(s), 0)
}

// plain is s with every form of a secret hidden.
func (r *Redactor) plain(s string) string {
	var b strings.Builder
	done := 0
	for i := 0; i+shortest <= len(s); {
		start, end, f := r.at(s, done, i)
		if end == 0 {
			i++
			continue
		}
		b.WriteString(s[done:start])
		b.WriteString(r.mark(s[start:end], f))
		i, done = end, end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// Has reports whether s holds a secret.
func (r *Redactor) Has(s string) bool { return r.Text(s) != s }

// at is the piece to hide where a form begins at i; end is 0 where none does. Nothing before done may be hidden again.
func (r *Redactor) at(s string, done, i int) (start, end int, f form) {
	for _, f = range r.forms[[shortest]byte([]byte(s[i:i+shortest]))] {
		if !strings.HasPrefix(s[i:], f.text) || !f.stands(s[:i], s[i+len(f.text):]) {
			continue
		}
		start, end = i, i+len(f.text)
		if f.kind == encoded {
			for start > done && base64Byte(s[start-1]) {
				start--
			}
			for end < len(s) && base64Byte(s[end]) {
				end++
			}
		}
		return start, end, f
	}
	return 0, 0, form{}
}

// stands reports whether the form is meant where it stands, between before and after.
func (f form) stands(before, after string) bool {
	if f.kind != alone && f.kind != apart {
		return true
	}
	left, _ := utf8.DecodeLastRuneInString(before)
	right, _ := utf8.DecodeRuneInString(after)
	if word(left) || word(right) {
		return false
	}
	return f.kind == alone || !strings.ContainsRune("/-_.", left) && (!strings.ContainsRune("/-_.", right) || sentenceEnd(after))
}

func word(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// sentenceEnd reports whether text begins with the full stop that ends a sentence.
func sentenceEnd(text string) bool {
	return text[0] == '.' && (len(text) == 1 || text[1] == ' ' || text[1] == '\n')
}

func base64Byte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '='
}
