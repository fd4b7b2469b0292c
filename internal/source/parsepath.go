package source

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ParsePath reads what Path shows: keys between dots, indices and quoted keys in brackets, as in
// teams.blue.services[0].labels["app.kubernetes.io/name"]. An index is the text of its digits.
func ParsePath(text string) ([]string, error) {
	var parts []string
	rest := text
	for first := true; rest != "" || first; first = false {
		part, after, err := nextPart(rest, first)
		if err != nil {
			return nil, fmt.Errorf("read path %q: %w", text, err)
		}
		parts, rest = append(parts, part), after
	}
	return parts, nil
}

// nextPart cuts the first part off.
func nextPart(rest string, first bool) (part, after string, err error) {
	switch {
	case strings.HasPrefix(rest, `["`):
		quoted, err := strconv.QuotedPrefix(rest[1:])
		if err != nil {
			return "", "", errors.New("a quote is not closed")
		}
		part, _ := strconv.Unquote(quoted) // QuotedPrefix made sure of it
		after, closed := strings.CutPrefix(rest[1+len(quoted):], "]")
		if !closed {
			return "", "", errors.New("a bracket is not closed")
		}
		return part, after, nil
	case strings.HasPrefix(rest, "["):
		part, after, closed := strings.Cut(rest[1:], "]")
		if _, err := strconv.Atoi(part); err != nil || !closed {
			return "", "", errors.New(`brackets hold an index or a quoted key, [0] or ["a.b"]`)
		}
		return part, after, nil
	case !first:
		var dot bool
		if rest, dot = strings.CutPrefix(rest, "."); !dot {
			return "", "", errors.New("a dot or a bracket must follow a bracket")
		}
	}
	end := strings.IndexAny(rest, ".[")
	if end < 0 {
		end = len(rest)
	}
	if end == 0 || strings.Contains(rest[:end], "]") {
		return "", "", errors.New(`a key is missing; quote one that is empty or holds dots or brackets, as in ["a.b"]`)
	}
	return rest[:end], rest[end:], nil
}
