package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// schema is what the page takes of a JSON Schema, of values or of a functionConfig.
type schema struct {
	Ref         string             `json:"$ref"`
	Description string             `json:"description"`
	Type        any                `json:"type"` // a word, or a list of them
	Enum        []any              `json:"enum"`
	Default     json.RawMessage    `json:"default"`
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Others      any                `json:"additionalProperties"` // a schema, or whether there may be others
	Items       *schema            `json:"items"`
	OneOf       []*schema          `json:"oneOf"`
	Merge       string             `json:"x-merge"`
	MergeKey    string             `json:"x-merge-key"`
	Definitions map[string]*schema `json:"definitions"`
}

// fields writes the rows of schemas, with the definitions that they refer to in their places.
type fields struct {
	definitions map[string]*schema
	rows        []row
}

// valuesPage is the reference of the values that a schema describes, a section for each key at the top.
func valuesPage(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var root schema
	if err := yaml.Unmarshal(text, &root); err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	var b strings.Builder
	b.WriteString(made + `# Values

What the layers of a values repo may set on the embedded core, from its ` + "[`platform/schema.yaml`](../../platform/schema.yaml)" + `. A core of your own adds
to it; what holds in your repo ` + "`kubectl otomi schema`" + ` prints, and editors complete. The parameters of the policies have
[a page of their own](../policies.md). In a field's name, ` + "`NAME`" + ` stands for a key of your choice and ` + "`[]`" + ` for each item of a list.
`)
	var single fields
	single.definitions = root.Definitions
	for _, name := range slices.Sorted(maps.Keys(root.Properties)) {
		f := fields{definitions: root.Definitions}
		if name == "policies" {
			continue // each has a section on its page
		}
		property := f.resolve(root.Properties[name])
		if len(property.Properties) == 0 && nested(property) == nil {
			single.add(name, property)
			continue
		}
		f.add(name, property)
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s", name, cell(property.Description), table(f.rows[1:]))
	}
	fmt.Fprintf(&b, "\n## Single values\n\n%s", table(single.rows))
	b.WriteString("\n## policies\n\nWhoever names a policy turns it on, whatever the preset. Every policy takes these, and `parameters` as [its section](../policies.md) says.\n\n")
	policy := fields{definitions: root.Definitions}
	for _, name := range []string{"Action", "Enabled", "ExcludedNamespaces", "Exempt"} {
		policy.add("policies.ID."+strings.ToLower(name[:1])+name[1:], root.Definitions["policy"+name])
	}
	b.WriteString(table(policy.rows))
	return b.String(), nil
}

// resolve is the definition that a schema refers to, with what the schema itself says over it.
func (f *fields) resolve(s *schema) *schema {
	if s == nil || s.Ref == "" {
		return s
	}
	out := *f.definitions[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	if s.Description != "" {
		out.Description = s.Description
	}
	if s.Default != nil {
		out.Default = s.Default
	}
	return &out
}

// add adds a field and all that is in it.
func (f *fields) add(path string, s *schema) {
	s = f.resolve(s)
	r := row{path: path, kind: f.kind(s), meaning: s.Description}
	if value := string(s.Default); value != "{}" && value != "[]" {
		r.value = value
	}
	if s.Merge != "" {
		r.meaning += " Layers: " + strings.TrimSpace(s.Merge+" "+s.MergeKey) + "."
	}
	f.rows = append(f.rows, r)
	f.inside(path, s)
}

// inside adds what is in a field.
func (f *fields) inside(path string, s *schema) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		f.add(path+"."+name, s.Properties[name])
		if slices.Contains(s.Required, name) {
			f.require(path + "." + name)
		}
	}
	if other := f.resolve(nested(s)); other != nil {
		f.inside(path+".NAME", other)
	}
	if items := f.resolve(s.Items); items != nil {
		f.inside(path+"[]", items)
	}
	for _, one := range s.OneOf {
		f.inside(path, f.resolve(one))
	}
}

// require says of a field's row that it has to be there.
func (f *fields) require(path string) {
	for i := range f.rows {
		if f.rows[i].path == path {
			f.rows[i].kind += ", required"
		}
	}
}

// nested is the schema of keys that have no names of their own.
func nested(s *schema) *schema {
	others, ok := s.Others.(map[string]any)
	if !ok {
		return nil
	}
	text, err := json.Marshal(others)
	var out schema
	if err != nil || json.Unmarshal(text, &out) != nil {
		return nil
	}
	return &out
}

// kind says what values a schema takes.
func (f *fields) kind(s *schema) string {
	switch {
	case len(s.Enum) > 0:
		var words []string
		for _, w := range s.Enum {
			words = append(words, code(fmt.Sprint(w)))
		}
		return strings.Join(words, ", ")
	case len(s.OneOf) > 0 && s.Type == nil:
		var kinds []string
		for _, one := range s.OneOf {
			kinds = append(kinds, f.kind(f.resolve(one)))
		}
		return strings.Join(kinds, " or ")
	case s.Type == "array":
		items := f.resolve(s.Items)
		if items == nil {
			return "list"
		}
		return "list of " + f.kind(items)
	case s.Type == "object" && nested(s) != nil:
		return "map of " + f.kind(f.resolve(nested(s)))
	case s.Type == "object":
		return "map"
	case s.Type == nil:
		return "any"
	default:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Type), " ", " or "), "[]")
	}
}
