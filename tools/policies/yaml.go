package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// width is where lines of text end.
const width = 125

// write writes a value as the lines of a YAML map or list below a key, as people write schemas: what is short in one line.
func write(b *strings.Builder, value any, indent int) {
	margin := strings.Repeat(" ", indent)
	switch v := value.(type) {
	case map[string]any:
		for _, key := range keys(v) {
			member(b, margin+scalar(key)+":", v[key], indent)
		}
	case []any:
		for _, item := range v {
			b.WriteString(margin + "- " + flow(item) + "\n")
		}
	}
}

func member(b *strings.Builder, head string, value any, indent int) {
	line := head + " " + flow(value)
	text, isText := value.(string)
	short := len(line) <= width
	switch {
	case isText && !short && strings.Join(strings.Fields(text), " ") == text:
		b.WriteString(head + " >-\n")
		fold(b, text, indent+2)
	case isText, empty(value), short && !described(value):
		b.WriteString(line + "\n")
	default:
		b.WriteString(head + "\n")
		write(b, value, indent+2)
	}
}

// described reports whether a value has a description, which reads better in a line of its own.
func described(value any) bool {
	m, ok := value.(map[string]any)
	_, has := m["description"]
	_, properties := m["properties"]
	return ok && (has || properties)
}

func empty(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	default:
		return true
	}
}

// fold breaks a text into lines of a block that reads as one.
func fold(b *strings.Builder, text string, indent int) {
	margin := strings.Repeat(" ", indent)
	line := margin
	for _, word := range strings.Fields(text) {
		if len(line)+len(word) > width && line != margin {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = margin
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// keys are in the order in which a reader asks: what it is, of what type, what is in it, what it is by default; others last.
func keys(m map[string]any) []string {
	order := []string{"description", "type", "required", "additionalProperties", "enum", "pattern", "items", "properties", "default", ""}
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		place := func(key string) int { return (slices.Index(order, key) + len(order)) % len(order) }
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
}

// flow writes a value in one line.
func flow(value any) string {
	var parts []string
	switch v := value.(type) {
	case map[string]any:
		for _, key := range keys(v) {
			parts = append(parts, scalar(key)+": "+flow(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return scalar(v)
	}
}

// scalar quotes what would otherwise be read as something else, in flow style too.
func scalar(value any) string {
	text, ok := value.(string)
	if !ok {
		if value == nil {
			return "null"
		}
		return fmt.Sprint(value)
	}
	plain, err := yaml.Marshal(text)
	if err == nil && string(plain) == text+"\n" && !strings.ContainsAny(text, ",[]{}") {
		return text
	}
	return fmt.Sprintf("%q", text)
}
