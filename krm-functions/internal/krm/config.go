package krm

import (
	"reflect"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Function is a function of ours, as its program, the pipeline and the catalog know it.
type Function struct {
	Name string // of its program and its image
	Kind string // of its functionConfig
	Spec any    // the zero value of the functionConfig's spec
	Run  Func
}

// unnamed is what orchestrators call the ConfigMap that they make of options, or of nothing.
const unnamed = "function-input"

// document is a functionConfig.
type document struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Metadata   *source.Node `json:"metadata"`
	Spec       *source.Node `json:"spec"`
}

// Configured reports whether there is a functionConfig; an empty ConfigMap, which some orchestrators send instead of none, is
// none.
func (l *List) Configured() bool {
	return l.Config != nil && (!l.flat() || l.Config.Name() != unnamed || get(l.Config.node, "data") != nil)
}

// flat reports whether the options are the data of a ConfigMap.
func (l *List) flat() bool {
	return l.Config != nil && l.Config.APIVersion() == "v1" && l.Config.Kind() == "ConfigMap"
}

// Configure reads the functionConfig, strictly, into the Spec of the kind. Its fields may also be the data of a ConfigMap:
// strings as they are, all else as YAML text.
func Configure[Spec any](l *List, kind string) (Spec, diag.Findings) {
	var spec Spec
	if !l.Configured() {
		return spec, diag.Findings{diag.Errorf("function-config", diag.Position{}, "there is no functionConfig").
			WithHint("give one: apiVersion: %s, kind: %s", APIVersion, kind)}
	}
	return spec, l.configure(kind, &spec)
}

// Check says what is wrong with the list's functionConfig, as the function would before it does anything.
func (f Function) Check(l *List) diag.Findings {
	return l.configure(f.Kind, reflect.New(reflect.TypeOf(f.Spec)).Interface())
}

func (l *List) configure(kind string, into any) diag.Findings {
	file := l.File(l.Config)
	at := diag.Position{File: file.Name}
	if got := l.Config.APIVersion() + " " + l.Config.Kind(); got != APIVersion+" "+kind && !l.flat() {
		f := diag.Errorf("function-config", at, "the functionConfig is %s, not %s %s", got, APIVersion, kind)
		return diag.Findings{f.WithHint("a ConfigMap with the fields of its spec as data will do, too")}
	}
	if l.Config.Name() == "" {
		return diag.Findings{diag.Errorf("function-config", at, "the functionConfig has no name").WithPath("metadata.name")}
	}
	root, findings := l.Config.Parse(file)
	if findings.Failed() {
		return findings
	}
	schema := schemaOf(reflect.TypeOf(into).Elem())
	var spec *source.Node
	path := "spec"
	if l.flat() {
		path = "data"
		var f diag.Findings
		spec, f = unflatten(root, schema)
		findings = append(findings, f...)
	} else {
		var doc document
		findings = append(findings, source.Decode(root, &doc)...)
		spec = doc.Spec
	}
	if spec == nil {
		spec = &source.Node{Kind: source.Map, File: root.File, Line: root.Line, Col: root.Col}
	}
	for _, f := range source.Decode(spec, into) {
		findings = append(findings, f.WithPath(under(path, f.Path)))
	}
	if findings.Failed() {
		return findings
	}
	return append(findings, schema.check(spec, []string{path})...)
}

// unflatten makes the spec of a ConfigMap's data.
func unflatten(root *source.Node, s *Schema) (*source.Node, diag.Findings) {
	data := root.Get("data")
	if data == nil || data.Kind != source.Map {
		return data, nil
	}
	var findings diag.Findings
	spec := *data
	spec.Items = make([]*source.Node, len(data.Items))
	for i, n := range data.Items {
		spec.Items[i] = n
		field := s.Properties[data.Keys[i].Name]
		if n.Kind != source.String || field == nil || field.Type == "string" {
			continue
		}
		parsed, f := source.ParseFile(n.File, []byte(n.Text))
		for _, f := range f {
			f.At = n.At()
			findings = append(findings, f.WithPath(under("data", under(data.Keys[i].Name, f.Path))))
		}
		spec.Items[i] = settled(parsed, n)
	}
	return &spec, findings
}

// settled is a value that was read from the text of another, all of it at that one's place: the lines of the text are none of
// the file.
func settled(n, at *source.Node) *source.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Line, c.Col = at.Line, at.Col
	c.Keys = make([]source.Key, len(n.Keys))
	for i, k := range n.Keys {
		c.Keys[i] = source.Key{Name: k.Name, File: k.File, Line: at.Line, Col: at.Col}
	}
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		c.Items[i] = settled(item, at)
	}
	return &c
}

// under is a path below another.
func under(above, path string) string {
	if above == "" || path == "" || strings.HasPrefix(path, "[") {
		return above + path
	}
	return above + "." + path
}
