package gotemplate

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

func quoted(s string) string { return strconv.Quote(s) }

func shown(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = show(a)
		if _, isText := a.(string); !isText {
			// Print puts spaces between operands that are no strings: a number stays none when it becomes digits.
			if s, ok := out[i].(string); ok {
				out[i] = plain{s}
			}
		}
	}
	return out
}

// plain prints as it is and is no string to fmt.
type plain struct{ text string }

// Format implements fmt.Formatter.
func (p plain) Format(s fmt.State, _ rune) {
	s.Write([]byte(p.text)) //nolint:errcheck // fmt.State never fails
}

// texts makes strings of a list's items, leaving out nulls; what is no list is a list of one.
func texts(list any) []string {
	switch list := list.(type) {
	case nil:
		return []string{}
	case []string:
		return list
	}
	v := reflect.ValueOf(list)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return []string{text(list)}
	}
	out := make([]string, 0, v.Len())
	for i := range v.Len() {
		if item := v.Index(i).Interface(); item != nil {
			out = append(out, text(item))
		}
	}
	return out
}

func quote(args ...any) string {
	return joined(args, func(v any) string { return quoted(text(v)) })
}

func squote(args ...any) string {
	return joined(args, func(v any) string { return "'" + fmt.Sprintf("%v", show(v)) + "'" })
}

func cat(args ...any) string {
	return joined(args, func(v any) string { return fmt.Sprintf("%v", show(v)) })
}

func joined(args []any, each func(any) string) string {
	out := make([]string, 0, len(args))
	for _, a := range args {
		if a != nil {
			out = append(out, each(a))
		}
	}
	return strings.Join(out, " ")
}

// keys are the keys of maps, sorted: Sprig's come in another order every time.
func keys(maps ...map[string]any) []string {
	out := []string{}
	for _, m := range maps {
		out = append(out, sortedKeys(m)...)
	}
	return out
}

// values are a map's values in the order of its keys.
func values(m map[string]any) []any {
	out := make([]any, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, m[k])
	}
	return out
}

func required(message string, v any) (any, error) {
	if v == nil || v == "" {
		return nil, failure{message: message}
	}
	return v, nil
}

// get follows a path of keys: `.Values | get "a.b" "default"`. Without a default, a path that leads nowhere is an error.
func get(path string, args ...any) (any, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, failure{message: "get takes a path, a default and a map", hint: `write .Values | get "a.b" "default"`}
	}
	at := args[len(args)-1]
	if _, isMap := at.(map[string]any); !isMap && at != nil {
		return nil, failure{message: "get takes a map as its last argument", hint: fmt.Sprintf(`write .Values | get %q "default"`, path)}
	}
	for i, key := range strings.Split(path, ".") {
		m, ok := at.(map[string]any)
		if next, found := m[key]; ok && found {
			at = next
			continue
		}
		if len(args) == 2 {
			return args[0], nil
		}
		parts := strings.Split(path, ".")
		f := failure{message: fmt.Sprintf("get: %s is not set", strings.Join(parts[:i+1], "."))}
		if f.hint = diag.DidYouMean(key, sortedKeys(m)); f.hint == "" {
			f.hint = fmt.Sprintf("give a default: get %q DEFAULT", path)
		}
		return nil, f
	}
	return at, nil
}
