package krm

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Schema is what a functionConfig may look like, in OpenAPI v3: for the catalog, for editors, and for the checks here.
type Schema struct {
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	OneOf       []*Schema          `json:"oneOf,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Others      any                `json:"additionalProperties,omitempty"` // *Schema, or false
	Items       *Schema            `json:"items,omitempty"`
}

// Described is what types implement whose form is not that of their Go fields.
type Described interface{ Schema() *Schema }

// Schema is that of the whole functionConfig.
func (f Function) Schema() *Schema {
	spec := schemaOf(reflect.TypeOf(f.Spec))
	s := &Schema{
		Type:     "object",
		Required: []string{"apiVersion", "kind", "metadata"},
		Others:   false,
		Properties: map[string]*Schema{
			"apiVersion": {Type: "string", Enum: []string{APIVersion}},
			"kind":       {Type: "string", Enum: []string{f.Kind}},
			"metadata": {
				Type: "object", Required: []string{"name"},
				Properties: map[string]*Schema{"name": {Type: "string", Description: "what the function renders is marked with it"}},
			},
			"spec": spec,
		},
	}
	if len(spec.Required) > 0 {
		s.Required = append(s.Required, "spec")
	}
	return s
}

// schemaOf is the schema of what source.Decode reads into a type.
func schemaOf(t reflect.Type) *Schema {
	if d, ok := reflect.New(t).Interface().(Described); ok {
		return d.Schema()
	}
	switch t {
	case reflect.TypeFor[*source.Node]():
		return &Schema{}
	case reflect.TypeFor[time.Duration]():
		return &Schema{Type: "string", Format: "duration"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.Interface:
		return &Schema{}
	case reflect.Struct:
		s := &Schema{Type: "object", Properties: map[string]*Schema{}, Others: false}
		s.fields(t)
		return s
	case reflect.Map:
		return &Schema{Type: "object", Others: schemaOf(t.Elem())}
	case reflect.Slice:
		return &Schema{Type: "array", Items: schemaOf(t.Elem())}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.String:
		return &Schema{Type: "string"}
	case reflect.Int:
		return &Schema{Type: "integer"}
	default:
		panic("krm: no schema of " + t.String()) // a mistake of ours, found by the catalog's test
	}
}

// fields adds those of a struct, as source.Decode knows them. The tag doc says what a field is for; the tag schema says
// required, what values there are (enum=a|b), and the type where Go's tells too little (type=string).
func (s *Schema) fields(t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			s.fields(f.Type)
			continue
		}
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		field := schemaOf(f.Type)
		field.Description = f.Tag.Get("doc")
		for option := range strings.SplitSeq(f.Tag.Get("schema"), ",") {
			switch key, value, _ := strings.Cut(option, "="); key {
			case "required":
				s.Required = append(s.Required, name)
			case "enum":
				field.Enum = strings.Split(value, "|")
			case "type":
				field.Type = value
			}
		}
		s.Properties[name] = field
	}
}

// check finds what decoding does not: what is missing, and words that are none of those that there are. Values of wrong
// types and unknown fields are known by then.
func (s *Schema) check(n *source.Node, path []string) diag.Findings {
	var findings diag.Findings
	for _, name := range s.Required {
		if v := n.Get(name); v == nil || v.Kind == source.Null || v.Kind == source.String && v.Text == "" {
			findings = append(findings, diag.Errorf("required", n.At(), "the value is missing").WithPath(source.Path(append(slices.Clone(path), name))))
		}
	}
	if n == nil {
		return findings
	}
	if len(s.Enum) > 0 && n.Kind == source.String && !slices.Contains(s.Enum, n.Text) {
		f := diag.Errorf("field-value", n.At(), "want %s, have %q", strings.Join(s.Enum, " or "), n.Text).WithPath(source.Path(path))
		f.Hint = diag.DidYouMean(n.Text, s.Enum)
		findings = append(findings, f)
	}
	for i, item := range n.Items {
		name, below := strconv.Itoa(i), s.Items
		if n.Kind == source.Map {
			name = n.Keys[i].Name
			below = s.Properties[name]
			if others, ok := s.Others.(*Schema); ok && below == nil {
				below = others
			}
		}
		if below != nil {
			findings = append(findings, below.check(item, append(slices.Clone(path), name))...)
		}
	}
	return findings
}
