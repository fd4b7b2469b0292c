package gotemplate

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// explain says what a frame's cause means in terms of the template, and what may have been meant.
func explain(f frame, data any) (message, hint string) {
	cause := f.cause
	for _, p := range []struct {
		pattern string
		say     func(key, extra string) (string, string)
	}{
		{`^nil pointer evaluating [^ ]*(?: \{\})?\.(.+)$`, func(key, _ string) (string, string) {
			missing := until(f.context, key)
			return fmt.Sprintf("%s is not set, so it has no %s", missing, key), near(missing, data)
		}},
		{`^map has no entry for key "(.+)"$`, func(key, _ string) (string, string) {
			missing := through(f.context, key)
			if hint := near(missing, data); hint != "" {
				return missing + " is not set", hint
			}
			return missing + " is not set", optional(missing)
		}},
		{`^nil data; no entry for key "(.+)"$`, func(key, _ string) (string, string) {
			missing := until(f.context, key)
			return fmt.Sprintf("%s is not set, so it has no %s", missing, key), near(missing, data)
		}},
		{`^can't evaluate field (.+) in type (.+)$`, func(key, typ string) (string, string) {
			owner := until(f.context, key)
			return fmt.Sprintf("%s is %s and has no %s", owner, typeOf(owner, typ, data), key), ""
		}},
		{`^wrong type for value; expected (.+); got (.+)$`, func(want, have string) (string, string) {
			return fmt.Sprintf("%s: want %s, have %s", f.subject(), typeName(want), typeOf(f.subject(), have, data)), near(f.subject(), data)
		}},
		{`^invalid value; expected (.+)$`, func(want, _ string) (string, string) {
			return fmt.Sprintf("%s: want %s, have nothing", f.subject(), typeName(want)), near(f.subject(), data)
		}},
		{`^error calling index: index of (?:untyped )?nil`, func(string, string) (string, string) {
			return indexed(f.context, data)
		}},
		{`^error calling ([^ ]+): (.*)$`, func(function, cause string) (string, string) {
			return function + ": " + strings.TrimPrefix(typesIn(cause), function+": "), ""
		}},
	} {
		if m := regexp.MustCompile("(?s)" + p.pattern).FindStringSubmatch(cause); m != nil {
			m = append(m, "", "")
			return p.say(m[1], m[2])
		}
	}
	return typesIn(cause), ""
}

// indexed says which part of what index looks into is not set.
func indexed(expression string, data any) (message, hint string) {
	const nothing = "index: what it looks into is not set"
	m := regexp.MustCompile(`^index (\$?\.Values[.\w]*)((?: "[^"\\]+")+)$`).FindStringSubmatch(expression)
	if m == nil {
		return nothing, ""
	}
	path := strings.Split(strings.TrimPrefix(m[1], "$"), ".")[1:]
	for _, key := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(m[2], -1) {
		path = append(path, key[1])
	}
	value := data
	for i, key := range path[:len(path)-1] {
		of := asMap(value)
		if value = of[key]; value == nil {
			missing := "." + source.Path(path[:i+1])
			return fmt.Sprintf("%s is not set, so it has no %s", missing, path[i+1]), diag.DidYouMean(key, sortedKeys(of))
		}
	}
	return nothing, ""
}

// until is an expression up to the field before key: what had no such field.
func until(expression, key string) string {
	if i := strings.LastIndex(expression+".", "."+key+"."); i > 0 {
		return expression[:i]
	}
	return "the value"
}

// through is an expression up to key.
func through(expression, key string) string {
	if i := strings.LastIndex(expression+".", "."+key+"."); i >= 0 {
		return expression[:i+1+len(key)]
	}
	return key
}

// near suggests the key that may have been meant by the first one of a path from the root that is not set.
func near(path string, data any) string {
	_, key, parent := walk(path, data)
	if key == "" {
		return ""
	}
	return diag.DidYouMean(key, sortedKeys(parent))
}

// walk follows a path from the root, such as .Values.a.b. Where it ends early it returns the key that is missing and the
// map that lacks it.
func walk(path string, data any) (value any, missing string, parent map[string]any) {
	path = strings.TrimPrefix(path, "$")
	if !strings.HasPrefix(path, ".") {
		return nil, "", nil
	}
	value = data
	for part := range strings.SplitSeq(path[1:], ".") {
		m := asMap(value)
		next, ok := m[part]
		if !ok {
			return nil, part, m
		}
		value = next
	}
	return value, "", nil
}

// typeOf names the type of a path's value. What text/template knows only as an interface is looked up.
func typeOf(path, goType string, data any) string {
	if !strings.HasPrefix(goType, "interface") {
		return typeName(goType)
	}
	value, missing, _ := walk(path, data)
	switch {
	case value != nil:
		return typeName(fmt.Sprintf("%T", value))
	case missing != "" || strings.HasPrefix(strings.TrimPrefix(path, "$"), "."):
		return "nothing"
	default:
		return "another value"
	}
}

// optional tells how to read a value that may be missing.
func optional(path string) string {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(path, "$"), ".Values.")
	if !ok {
		return ""
	}
	return fmt.Sprintf("set it, or read it with a default: .Values | get %q DEFAULT", rest)
}

// asMap is data as a map, also where it has a named map type.
func asMap(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case interface{ AsMap() map[string]any }:
		return v.AsMap()
	}
	return nil
}

// typesIn replaces the names of Go types in a message by those that users of YAML know.
func typesIn(message string) string {
	return strings.NewReplacer("map[string]interface {}", "map", "[]interface {}", "list", "interface {}", "value",
		"float64", "number", "int64", "integer", "chartutil.Values", "map").Replace(message)
}

func typeName(t string) string {
	switch {
	case t == "[]uint8":
		return "the bytes of a file"
	case strings.HasPrefix(t, "map["), t == "chartutil.Values":
		return "a map"
	case strings.HasPrefix(t, "[]"):
		return "a list"
	case strings.HasPrefix(t, "interface"):
		return "a value"
	case strings.HasPrefix(t, "float"):
		return "a number"
	case strings.HasPrefix(t, "int"), strings.HasPrefix(t, "uint"):
		return "an integer"
	case t == "string":
		return "a string"
	case t == "bool":
		return "true or false"
	default:
		return "a " + t
	}
}
