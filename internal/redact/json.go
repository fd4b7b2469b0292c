package redact

import (
	"bytes"
	"encoding/json"
)

// JSON hides secrets in the strings of JSON text, which may be several documents; keys stay, for they are not values, and so
// does a string that is wholly a word: what a program prints so is a name. The text's form stays as it is.
func (r *Redactor) JSON(data []byte) []byte {
	if r == nil || len(r.forms) == 0 {
		return data
	}
	var out bytes.Buffer
	for len(data) > 0 {
		i := bytes.IndexByte(data, '"')
		if i < 0 {
			break
		}
		n := literal(data[i:])
		out.Write(data[:i])
		out.Write(r.literal(data[i:i+n], data[i+n:]))
		data = data[i+n:]
	}
	out.Write(data)
	return out.Bytes()
}

// literal is the length of the string literal that data begins with.
func literal(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

func (r *Redactor) literal(quoted, rest []byte) []byte {
	if bytes.HasPrefix(bytes.TrimLeft(rest, " \n\t"), []byte(":")) {
		return quoted
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return []byte(r.Text(string(quoted))) // cut off: not JSON, but no less secret
	}
	hidden := r.Text(s)
	if hidden == s || r.words[s] {
		return quoted
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(hidden) // a string
	return bytes.TrimRight(b.Bytes(), "\n")
}
