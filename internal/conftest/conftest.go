// Package conftest judges objects by rules that were written for conftest: deny, violation and warn in any package, over an
// input that is the object itself, in either version of Rego. Files go in and come out as Rules, compiled; an object goes into
// Judge, and what a rule has to say of it comes out. All packages count, as with conftest's --all-namespaces; Main leaves those
// that count without it.
package conftest

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// Rules are the rules of one folder, compiled together. They are safe for concurrent use.
type Rules struct {
	Modules map[string]*ast.Module // as parsed, by file name as shown; not to be changed
	List    []*Rule
	program *rego.Program
	all     *rego.Query // asks every rule of List, the name and then the exceptions
	places  bool        // a module reads data.conftest, the place of the object
}

// Rule is all that one package says under one name.
type Rule struct {
	Package  string // without data.
	Name     string // deny, warn_x, …
	At       diag.Position
	Severity diag.Severity
	query    *rego.Query // asks this rule alone
}

// ID is what findings call the rule: its name, with the package before it unless that is main, which conftest takes where
// nobody says otherwise.
func (r *Rule) ID() string {
	if r.Package == "main" {
		return r.Name
	}
	return r.Package + "." + r.Name
}

// New compiles modules by file name. Modules that hold no rule of these names are libraries.
func New(modules map[string]*ast.Module) (*Rules, diag.Findings) {
	program, err := rego.Compile(modules)
	if err != nil {
		return nil, rego.Findings("rego-compile", err, nil, diag.Position{})
	}
	rules := &Rules{Modules: modules, program: program}
	byID := map[string]*Rule{}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		m := modules[file]
		rules.places = rules.places || readsPlaces(m)
		for _, rule := range m.Rules {
			name, pkg := string(rule.Head.Name), strings.TrimPrefix(m.Package.Path.String(), "data.")
			severity, is := severity(name)
			if is && byID[pkg+"."+name] == nil {
				byID[pkg+"."+name] = &Rule{Package: pkg, Name: name, At: rego.Position(rule.Location, nil, diag.Position{File: file}), Severity: severity}
			}
		}
	}
	rules.List = slices.SortedFunc(maps.Values(byID), func(a, b *Rule) int { return cmp.Compare(a.ID(), b.ID()) })
	return rules, rules.compile()
}

// Main is the rules of package main alone, and the names of the other packages that have rules.
func (r *Rules) Main() (*Rules, []string, diag.Findings) {
	only := *r
	only.List = nil
	var others []string
	for _, rule := range r.List {
		if rule.Package == "main" {
			own := *rule
			only.List = append(only.List, &own)
		} else if !slices.Contains(others, rule.Package) {
			others = append(others, rule.Package)
		}
	}
	if len(others) == 0 {
		return r, nil, nil
	}
	return &only, others, only.compile()
}

// compile asks all rules at once, and each on its own.
func (r *Rules) compile() diag.Findings {
	var findings diag.Findings
	var all []rego.Ask
	for _, rule := range r.List {
		// A rule may be undefined for an object, and so may the exceptions.
		path := strings.Split(rule.Package, ".")
		asks := []rego.Ask{{Path: append(slices.Clone(path), rule.Name), Maybe: true}, {Path: append(slices.Clone(path), "exception"), Maybe: true}}
		var err error
		if rule.query, err = r.program.Ask(asks...); err != nil {
			findings = append(findings, rego.Findings("rego-compile", err, nil, rule.At)...)
		}
		all = append(all, asks...)
	}
	var err error
	if r.all, err = r.program.Ask(all...); err != nil && len(findings) == 0 {
		findings = rego.Findings("rego-compile", err, nil, diag.Position{})
	}
	return findings
}

// severity is what the name of a rule says, and whether it is one that judges.
func severity(name string) (diag.Severity, bool) {
	switch {
	case regexp.MustCompile(`^(deny|violation)(_[a-zA-Z0-9]+)*$`).MatchString(name):
		return diag.Error, true
	case regexp.MustCompile(`^warn(_[a-zA-Z0-9]+)*$`).MatchString(name):
		return diag.Warning, true
	default:
		return 0, false
	}
}

// short is the name by which exceptions know a rule.
func (r *Rule) short() string {
	_, short, _ := strings.Cut(r.Name, "_")
	return short
}

func readsPlaces(m *ast.Module) bool {
	found := false
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		found = found || len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm("conftest"))
		return found
	})
	return found
}
