package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// parameter is a row of a policy's table.
type parameter struct{ Name, Type, Default, Meaning string }

// parameters are those of a schema, what is inside of maps and lists after what holds it.
func parameters(prefix string, schema map[string]any) []parameter {
	var rows []parameter
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p, _ := properties[name].(map[string]any)
		row := parameter{Name: prefix + name, Type: kind(p)}
		row.Meaning, _ = p["description"].(string)
		if d, has := p["default"]; has {
			row.Default = code(flow(d))
		}
		row.Meaning = cell(row.Meaning)
		rows = append(rows, row)
		rows = append(rows, parameters(prefix+name+".", p)...)
		items, _ := p["items"].(map[string]any)
		rows = append(rows, parameters(prefix+name+"[].", items)...)
	}
	return rows
}

// kind says what values the schema takes.
func kind(schema map[string]any) string {
	if words, ok := schema["enum"].([]any); ok {
		var list []string
		for _, w := range words {
			list = append(list, code(flow(w)))
		}
		return strings.Join(list, ", ")
	}
	items, _ := schema["items"].(map[string]any)
	switch schema["type"] {
	case "array":
		if kind(items) == "map" {
			return "list of maps"
		}
		return "list of " + kind(items)
	case "object":
		return "map"
	case nil:
		return "any"
	default:
		return fmt.Sprint(schema["type"])
	}
}

func code(text string) string { return "`" + cell(text) + "`" }

// cell keeps a text inside of its cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
