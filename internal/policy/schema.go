package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// schema is the JSON Schema of a policy's parameters.
type schema struct {
	document map[string]any
	compiled *jsonschema.Schema
	names    []string // of the parameters
}

// newSchema compiles the schema. A parameter that it does not name is an error unless it says otherwise: a misspelt one
// would silently leave the default in force.
func newSchema(document map[string]any) (*schema, error) {
	closed := maps.Clone(document)
	if _, says := closed["additionalProperties"]; !says && closed["patternProperties"] == nil {
		closed["additionalProperties"] = false
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // no scheme: a $ref may not leave the document
	const url = "parameters://schema"         // absolute, or it would be taken relative to the working directory
	if err := c.AddResource(url, closed); err != nil {
		return nil, err
	}
	properties, _ := document["properties"].(map[string]any)
	s := &schema{document: document, names: slices.Sorted(maps.Keys(properties))}
	var err error
	s.compiled, err = c.Compile(url)
	var invalid *jsonschema.SchemaValidationError
	var failed *jsonschema.ValidationError
	if errors.As(err, &invalid) && errors.As(invalid.Err, &failed) {
		var causes []string
		for _, m := range s.mistakes(failed, message.NewPrinter(language.English)) {
			causes = append(causes, m.String())
		}
		return nil, errors.New(strings.Join(causes, "; "))
	}
	return s, err
}

// fill returns a copy of the parameters with the schema's defaults where they say nothing; a nil schema has none.
func (s *schema) fill(parameters map[string]any) map[string]any {
	var document map[string]any
	if s != nil {
		document = s.document
	}
	filled, _ := fill(document, clone(parameters)).(map[string]any) // a map, as the parameters are
	return filled
}

// fill sets defaults as Kubernetes does: in every object that is there, and in what a default brought.
func fill(schema map[string]any, value any) any {
	properties, _ := schema["properties"].(map[string]any)
	items, _ := schema["items"].(map[string]any)
	switch v := value.(type) {
	case map[string]any:
		for name, property := range properties {
			p, ok := property.(map[string]any)
			if !ok {
				continue
			}
			if _, set := v[name]; !set {
				d, has := p["default"]
				if !has {
					continue
				}
				v[name] = clone(d)
			}
			v[name] = fill(p, v[name])
		}
	case []any:
		for i := range v {
			v[i] = fill(items, v[i])
		}
	}
	return value
}

// clone copies maps and lists, so that filling in defaults changes nobody's values.
func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, item := range v {
			c[k] = clone(item)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			c[i] = clone(item)
		}
		return c
	default:
		return value
	}
}

// mistake is one thing that is wrong with parameters.
type mistake struct {
	path    []string // within the parameters
	key     bool     // the path's last part should not be there
	message string
	hint    string
}

// String is the mistake with its place.
func (m mistake) String() string {
	if len(m.path) == 0 || m.key {
		return m.message
	}
	return source.Path(m.path) + ": " + m.message
}

// check returns what is wrong with parameters, in order of their paths.
func (s *schema) check(parameters map[string]any) []mistake {
	if s == nil {
		var mistakes []mistake
		for _, name := range slices.Sorted(maps.Keys(parameters)) {
			mistakes = append(mistakes, mistake{path: []string{name}, key: true, message: "this policy takes no parameters"})
		}
		return mistakes
	}
	var failed *jsonschema.ValidationError
	if err := s.compiled.Validate(parameters); !errors.As(err, &failed) {
		return nil
	}
	mistakes := s.mistakes(failed, message.NewPrinter(language.English))
	slices.SortStableFunc(mistakes, func(a, b mistake) int { return slices.Compare(a.path, b.path) })
	return mistakes
}

// mistakes are the leaves of the tree of errors: what is above them says only that something below is wrong.
func (s *schema) mistakes(e *jsonschema.ValidationError, p *message.Printer) []mistake {
	if extra, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		var mistakes []mistake
		for _, name := range slices.Sorted(slices.Values(extra.Properties)) {
			m := mistake{path: append(slices.Clone(e.InstanceLocation), name), key: true, message: fmt.Sprintf("there is no parameter %q", name)}
			if len(e.InstanceLocation) == 0 {
				m.hint = diag.DidYouMean(name, s.names)
			}
			mistakes = append(mistakes, m)
		}
		return mistakes
	}
	if len(e.Causes) == 0 {
		return []mistake{{path: e.InstanceLocation, message: e.ErrorKind.LocalizedString(p)}}
	}
	var mistakes []mistake
	for _, cause := range e.Causes {
		mistakes = append(mistakes, s.mistakes(cause, p)...)
	}
	return mistakes
}
