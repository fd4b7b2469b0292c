package gatekeeper

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// entry is the package that the Rego of a template is put in, whatever it calls itself: libraries cannot reach it.
const entry = "template"

// place is where a text of Rego stands in the template.
type place struct {
	reader *reader
	field  string
}

// Place finds a location of Rego in the YAML.
func (t *Template) Place(l *ast.Location) diag.Position {
	p, ok := t.places[l.File]
	if !ok {
		return t.Object.Source.Position()
	}
	return p.reader.locator.Inside(p.field, l.Row, l.Col)
}

// compile parses a template's Rego, refuses what Gatekeeper would, and compiles it on its own.
func (r *reader) compile(t *Template, text source, where string, version ast.RegoVersion) {
	t.places = map[string]place{}
	modules := map[string]*ast.Module{}
	parse := func(field, rego string) *ast.Module { return r.parse(t, modules, field, rego, version) }
	main := parse(where+".rego", text.Rego)
	for i, lib := range text.Libs {
		field := index(where+".libs", i)
		if m := parse(field, lib); m != nil && !strings.HasPrefix(m.Package.Path.String()+".", "data.lib.") || m != nil && len(m.Package.Path) < 3 {
			r.fail(templateRule, field, "%s: a library's package begins with lib.", m.Package)
		}
	}
	if main == nil || r.findings.Failed() {
		return
	}
	main.Package.Path = ast.Ref{ast.DefaultRootDocument, ast.StringTerm(entry)}
	if !hasViolation(main) {
		r.fail(templateRule, where+".rego", "the Rego has no rule violation, so it forbids nothing")
		return
	}
	program, err := rego.Compile(modules)
	if err == nil {
		t.query, err = program.Ask(rego.Ask{Path: []string{entry, "violation"}})
	}
	if err != nil {
		r.rego(t, "rego-compile", err)
	}
}

func (r *reader) parse(t *Template, modules map[string]*ast.Module, field, text string, version ast.RegoVersion) *ast.Module {
	t.places[field] = place{reader: r, field: field}
	m, err := rego.Parse(field, text, version)
	if err != nil {
		r.rego(t, "rego-syntax", err)
		return nil
	}
	modules[field] = m
	r.references(t, m)
	return m
}

// rego reports errors of the parser and the compiler.
func (r *reader) rego(t *Template, rule string, err error) {
	for _, f := range rego.Findings(rule, err, t.Place, t.Object.Source.Position()) {
		f.Object = t.Object.ID().String()
		r.findings = append(r.findings, f)
	}
}

// references holds a module to what Gatekeeper lets it read: libraries and the inventory.
func (r *reader) references(t *Template, m *ast.Module) {
	refuse := func(l *ast.Location, format string, args ...any) {
		f := diag.Errorf(templateRule, rego.Position(l, t.Place, t.Object.Source.Position()), format, args...).
			WithHint("a template reads data.lib and data.inventory")
		f.Object = t.Object.ID().String()
		r.findings = append(r.findings, f)
	}
	for _, i := range m.Imports {
		path := fmt.Sprint(i.Path)
		if path != "data.lib" && !strings.HasPrefix(path, "data.lib.") && !strings.HasPrefix(path, "future.") {
			refuse(i.Location, "%s cannot be imported", path)
		}
	}
	for _, rule := range m.Rules {
		ast.WalkRefs(rule, func(ref ast.Ref) bool {
			if !ref[0].Equal(ast.DefaultRootDocument) {
				return false
			}
			switch second(ref) {
			case "lib":
			case "inventory":
				t.inventory = true
			default:
				refuse(ref[0].Location, "%v cannot be read by a template", ref)
			}
			return false
		})
	}
}

// second is the second part of a reference, where it is a name.
func second(ref ast.Ref) string {
	if len(ref) < 2 {
		return ""
	}
	s, _ := ref[1].Value.(ast.String)
	return string(s)
}

func hasViolation(m *ast.Module) bool {
	for _, rule := range m.Rules {
		if rule.Head.Name == "violation" {
			return true
		}
	}
	return false
}
