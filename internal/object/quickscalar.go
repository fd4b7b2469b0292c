package object

import (
	"strconv"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// scalar reads a value on this line, or the literal text that begins below it.
func (q *quick) scalar(outer int) any {
	at, along := q.at, q.along
	value := q.scalarValue(outer)
	if q.along = along; along > 0 && value != nil && isScalar(value) {
		q.place = at
	}
	return value
}

func isScalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func (q *quick) scalarValue(outer int) any {
	switch c := q.text[q.at]; {
	case c == '|':
		return q.literal(outer)
	case c == '"' || c == '\'':
		return q.quoted(c)
	case c == '{' || c == '[':
		into := q.leadsInto()
		value := q.flow()
		if into || !q.over() {
			q.fail()
		}
		q.next()
		return value
	}
	text := q.text[q.at:q.end]
	if i := strings.Index(text, " #"); i >= 0 {
		text = text[:i]
	}
	text = strings.TrimRight(text, " ")
	if strings.Contains(text, ": ") || text[len(text)-1] == ':' {
		q.fail()
		return nil
	}
	q.next()
	return q.plain(text)
}

// plain is what a plain scalar stands for.
func (q *quick) plain(text string) any {
	switch {
	case words(text), strings.HasPrefix(text, "--"), quantity(text):
		return text
	case text == "true":
		return true
	case text == "false":
		return false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && (text == "0" || text[0] >= '1' && text[0] <= '9') {
		return n
	}
	if !wordy(text[0]) && text[0] != '+' || text == "-" {
		q.fail()
		return nil
	}
	return q.other(text)
}

// words reports a plain scalar that is a string for sure, by how it begins: Kubernetes reads the others as numbers, booleans,
// dates or nothing at times.
func words(text string) bool {
	switch c := text[0]; c {
	case 'y', 'Y', 'n', 'N', 't', 'T', 'f', 'F', 'o', 'O':
		switch strings.ToLower(text) {
		case "y", "yes", "n", "no", "on", "off", "true", "false", "null":
			return false
		}
		return true
	case '/', '_', '$', '(':
		return true
	case '.':
		return len(text) > 1 && text[1] >= 'a' && text[1] <= 'h'
	default:
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
}

// quantity reports digits that end in a unit, such as 64Mi, 100m, 10s.
func quantity(text string) bool {
	switch unit := strings.TrimLeft(text, "0123456789"); unit {
	case "m", "M", "Mi", "G", "Gi", "k", "Ki", "s", "h":
		return true
	}
	return false
}

// other asks the complete reader what one scalar stands for.
func (q *quick) other(text string) any {
	js, err := yaml.YAMLToJSONStrict([]byte("v: " + text + "\n"))
	var m map[string]any
	if err != nil || utiljson.Unmarshal(js, &m) != nil || q.along > 0 { // the other reader may refuse it, and so not place it
		q.fail()
	}
	return m["v"]
}

func (q *quick) quoted(quote byte) any {
	start := q.at
	n := strings.IndexByte(q.text[start+1:q.end], quote)
	if n < 0 {
		q.fail()
		return nil
	}
	text := q.text[start+1 : start+1+n]
	q.at = start + n + 2
	if strings.Contains(text, `\`) && quote == '"' || !q.over() {
		q.fail()
		return nil
	}
	q.next()
	return text
}
