package export

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// schema is the policy's parameters, and their exemptions, in the form that CustomResourceDefinitions take.
func (e *exporter) schema() map[string]any {
	parameters := map[string]any{"type": "object"}
	if e.policy.ParametersSchema != nil {
		parameters = e.structural(e.policy.ParametersSchema, nil)
	}
	properties, _ := parameters["properties"].(map[string]any)
	if parameters["type"] != "object" || parameters["additionalProperties"] != nil {
		e.fail("its parameters are no map of properties")
		return parameters
	}
	if properties == nil {
		properties = map[string]any{}
	}
	if properties[exemptParameter] != nil {
		e.fail("its parameter %s has the name under which exemptions go there", exemptParameter)
	}
	text := func(description string) map[string]any {
		return map[string]any{"type": "string", "description": description}
	}
	properties[exemptParameter] = map[string]any{
		"type": "array", "description": "What the policy lets pass; each entry names an object, a release or a namespace.",
		"items": map[string]any{"type": "object", "properties": map[string]any{
			"object": text("KIND/NAMESPACE/NAME, or KIND/NAME for one without a namespace"), "release": text("The label otomi.io/release"),
			"namespace": text("A namespace"), "reason": text("Why"), "until": text("The last day; only kubectl otomi compares it with today"),
		}},
	}
	parameters["properties"] = properties
	return parameters
}

// structural is a JSON Schema as the API server takes one. Path is where it stands, for findings.
func (e *exporter) structural(in map[string]any, path []string) map[string]any {
	out := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		value := in[key]
		switch key {
		case "description", "title", "default", "enum", "format", "pattern", "nullable", "required", "minLength", "maxLength",
			"minimum", "maximum", "multipleOf", "minItems", "maxItems", "minProperties", "maxProperties":
			out[key] = plain(value)
		case "const":
			out["enum"] = []any{plain(value)}
		case "exclusiveMinimum", "exclusiveMaximum": // a number in JSON Schema, beside the limit there
			out[key], out["m"+strings.TrimPrefix(key, "exclusiveM")] = true, plain(value)
		case "type", "properties", "items", "additionalProperties":
		case "$comment", "$schema", "$id", "examples", "deprecated":
		default:
			if !strings.HasPrefix(key, "x-") { // ours; the API server has others
				e.unfit(path, "%s has no equal in the schema of a CustomResourceDefinition", key)
			}
		}
	}
	e.kindOf(in, out, path)
	e.below(in, out, path)
	return out
}

// kindOf sets the type. A CustomResourceDefinition has one for every value.
func (e *exporter) kindOf(in, out map[string]any, path []string) {
	types := []string{}
	switch t := in["type"].(type) {
	case string:
		types = append(types, t)
	case []any:
		for _, item := range t {
			if text, ok := item.(string); ok {
				types = append(types, text)
			}
		}
	case nil:
		types = guess(in)
	}
	if without := slices.DeleteFunc(slices.Clone(types), func(t string) bool { return t == "null" }); len(without) < len(types) {
		types, out["nullable"] = without, true
	}
	slices.Sort(types)
	switch {
	case len(types) == 1:
		out["type"] = types[0]
	case slices.Equal(types, []string{"integer", "string"}):
		out["x-kubernetes-int-or-string"] = true
	case len(types) == 0 && in["enum"] == nil && in["const"] == nil:
		out["x-kubernetes-preserve-unknown-fields"] = true
	default:
		e.unfit(path, "a value has one type there, this one has %s", strings.Join(types, ", "))
	}
}

// guess is the type that a schema without one means: that of its properties, or of the values it lists.
func guess(in map[string]any) []string {
	if in["properties"] != nil {
		return []string{"object"}
	}
	values, _ := in["enum"].([]any)
	if c, ok := in["const"]; ok {
		values = []any{c}
	}
	var types []string
	for _, v := range values {
		var t string
		switch n := v.(type) {
		case string:
			t = "string"
		case bool:
			t = "boolean"
		case json.Number:
			t = "number"
			if _, err := n.Int64(); err == nil {
				t = "integer"
			}
		default:
			return nil
		}
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// below converts the schemas of what is in a value.
func (e *exporter) below(in, out map[string]any, path []string) {
	if properties, ok := in["properties"].(map[string]any); ok {
		converted := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			converted[name] = e.schemaAt(properties[name], append(slices.Clone(path), name))
		}
		out["properties"] = converted
	}
	if items, ok := in["items"]; ok {
		out["items"] = e.schemaAt(items, append(slices.Clone(path), "[]"))
	}
	switch more := in["additionalProperties"].(type) {
	case map[string]any:
		if out["properties"] != nil {
			e.unfit(path, "a map has either properties or additionalProperties there")
			return
		}
		out["additionalProperties"] = e.structural(more, append(slices.Clone(path), "*"))
	case bool:
		if more { // false is what a CustomResourceDefinition means anyway
			out["x-kubernetes-preserve-unknown-fields"] = true
		}
	}
	if out["type"] == "array" && out["items"] == nil {
		out["items"] = map[string]any{"x-kubernetes-preserve-unknown-fields": true}
	}
}

func (e *exporter) schemaAt(value any, path []string) map[string]any {
	switch s := value.(type) {
	case map[string]any:
		return e.structural(s, path)
	case bool:
		if s {
			return map[string]any{"x-kubernetes-preserve-unknown-fields": true}
		}
	}
	e.unfit(path, "a schema is a map there")
	return map[string]any{}
}

func (e *exporter) unfit(path []string, format string, args ...any) {
	at := "custom.parameters"
	if len(path) > 0 {
		at += ", " + strings.Join(path, ".")
	}
	e.fail(at+": "+format, args...)
}

// plain makes numbers of METADATA what YAML can write.
func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // a number of JSON has one
		return f
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = plain(v[k])
		}
		return out
	default:
		return value
	}
}
