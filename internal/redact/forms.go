package redact

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// formsOf are the ways in which a secret may be written: itself and each of its lines, and what encodings make of them.
func (r *Redactor) formsOf(secret string) []form {
	secret = strings.TrimSpace(secret)
	var out []form
	add := func(text string, k kind, of string) {
		if len(text) >= shortest {
			out = append(out, form{text, k, of})
		}
	}
	k := r.kindOf(secret)
	add(secret, k, secret)
	for _, text := range escaped(secret) {
		add(text, k, secret)
	}
	for _, text := range encodings(secret, k) {
		add(text, encoded, secret)
	}
	if !strings.Contains(secret, "\n") {
		return out
	}
	for line := range strings.SplitSeq(secret, "\n") {
		if line = strings.TrimSpace(line); len(line) >= safe {
			add(line, r.kindOf(line), line)
			for _, text := range escaped(line) {
				add(text, r.kindOf(line), line)
			}
		}
	}
	return out
}

// kindOf says how careful the search for a secret must be, so that it does not hide what only looks like it.
func (r *Redactor) kindOf(secret string) kind {
	switch {
	case r.words[secret]:
		return apart
	case len(secret) < safe, strings.Trim(secret, "0123456789.") == "":
		return alone
	default:
		return anywhere
	}
}

// named reports whether a text looks like a name: a short word in lower case.
func named(text string) bool {
	return len(text) <= wordy && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz-") == ""
}

// escaped are the text as it stands between the quotes of Go, JSON and YAML, and in URLs, where that is another text.
func escaped(text string) []string {
	quoted := strconv.Quote(text)
	ascii := strconv.QuoteToASCII(text)
	html, _ := json.Marshal(text) // of a string: cannot fail
	var plain strings.Builder
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)
	var out []string
	for _, s := range []string{
		quoted[1 : len(quoted)-1], ascii[1 : len(ascii)-1], string(html[1 : len(html)-1]), strings.Trim(plain.String(), "\n\""),
		strings.ReplaceAll(text, "'", "''"), url.QueryEscape(text), url.PathEscape(text), url.UserPassword("", text).String()[1:],
	} {
		if s != text {
			out = append(out, s)
		}
	}
	return out
}

// encodings are the text in base64, alone and as a part of something longer: there it may begin at each of a group's three
// bytes, and what is sure to be seen of it are its whole groups.
func encodings(text string, k kind) []string {
	if k == apart && len(text) < safe {
		return nil
	}
	out := []string{base64.StdEncoding.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text + "\n"))}
	for skip := range 3 {
		inner := text[min(len(text), skip):]
		inner = inner[:len(inner)/3*3]
		if len(inner) >= safe {
			out = append(out, base64.StdEncoding.EncodeToString([]byte(inner)), base64.URLEncoding.EncodeToString([]byte(inner)))
		}
	}
	return out
}
