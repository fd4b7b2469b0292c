// Package rego parses, compiles and evaluates Rego, whoever wrote it and for whichever tool: our own policies,
// ConstraintTemplates of Gatekeeper, rules of conftest. Text goes in, queries come out that many workers may evaluate at once.
// Rego sees its input and data and nothing else: no network, clock, files or randomness. It knows nothing of Kubernetes.
package rego

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// Capabilities are the functions that policies may call: those whose result is fixed by their arguments. What OPA marks
// as nondeterministic reaches the network, the clock, the environment or randomness. The functions over JSON Schema
// follow a $ref into the file system.
func Capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.AllowNet = []string{}
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || b.Name == "json.match_schema" || b.Name == "json.verify_schema"
	})
	return c
}

// Parse reads a module of one version of the language. Errors name the file. METADATA is a comment like others; with Annotated
// it is read, too, and must be right.
func Parse(file, text string, version ast.RegoVersion) (*ast.Module, error) {
	return parse(file, text, ast.ParserOptions{RegoVersion: version})
}

// Annotated is Parse for Rego v1 with METADATA.
func Annotated(file, text string) (*ast.Module, error) {
	return parse(file, text, ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true})
}

func parse(file, text string, options ast.ParserOptions) (*ast.Module, error) {
	options.Capabilities = Capabilities()
	module, err := ast.ParseModuleWithOpts(file, text, options)
	if err == nil && module == nil {
		return nil, ast.Errors{ast.NewError(ast.ParseErr, ast.NewLocation(nil, file, 1, 1), "the file is empty")}
	}
	return module, err
}

// ParseAny reads a module of whichever version it is written in. When it is right in none, the errors are those of the
// version whose words it uses.
func ParseAny(file, text string) (*ast.Module, error) {
	module, err := Parse(file, text, ast.RegoV1)
	if err == nil {
		return module, nil
	}
	old, errOld := Parse(file, text, ast.RegoV0)
	if errOld == nil {
		return old, nil
	}
	if regexp.MustCompile(`(?m)^[^#"]*\b(if|contains)\b`).MatchString(text) {
		return nil, err
	}
	return nil, errOld
}

// Place says where users find a location of Rego; nil: in the file of its name.
type Place func(*ast.Location) diag.Position

// Position is a location as a finding's place.
func Position(l *ast.Location, place Place, otherwise diag.Position) diag.Position {
	if l == nil || l.File == "" || l.Row == 0 {
		return otherwise
	}
	if place != nil {
		return place(l)
	}
	return diag.Position{File: l.File, Line: l.Row, Col: l.Col}
}

// Findings turns errors of OPA's parser and compiler into findings at their places.
func Findings(rule string, err error, place Place, otherwise diag.Position) diag.Findings {
	var list ast.Errors
	var one *ast.Error
	switch {
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = ast.Errors{one}
	default:
		return diag.Findings{diag.Errorf(rule, otherwise, "%v", err)}
	}
	findings := make(diag.Findings, 0, len(list))
	for _, e := range list {
		f := diag.Errorf(rule, Position(e.Location, place, otherwise), "%s", strings.TrimSpace(e.Message))
		if name, undefined := strings.CutPrefix(e.Message, "undefined function "); undefined && removed(name) {
			f = f.WithHint("policies see the object and their parameters only: no network, clock, files or randomness")
		}
		findings = append(findings, f)
	}
	return findings
}

// removed reports whether OPA, Gatekeeper or conftest has the function and it is left out here.
func removed(name string) bool {
	named := func(b *ast.Builtin) bool { return b.Name == name }
	elsewhere := name == "external_data" || strings.HasPrefix(name, "parse_config") || name == "parse_combined_config_files"
	return elsewhere || slices.ContainsFunc(ast.CapabilitiesForThisVersion().Builtins, named) && !slices.ContainsFunc(Capabilities().Builtins, named)
}

// Program is modules that were compiled together.
type Program struct{ compiler *ast.Compiler }

// Compile compiles modules by file name. Its errors are all there are.
func Compile(modules map[string]*ast.Module) (*Program, error) {
	c := ast.NewCompiler().SetErrorLimit(0).WithCapabilities(Capabilities()).WithDefaultRegoVersion(ast.RegoV1)
	c.Compile(modules)
	if c.Failed() {
		return nil, c.Errors
	}
	return &Program{compiler: c}, nil
}

// Query is a question to a program, ready to be asked of any number of inputs at once.
type Query struct {
	program  *Program
	body     ast.Body
	compiler ast.QueryCompiler // that compiled the body; evaluation asks it for indices
}

// Query compiles a body, whose variables are the answers.
func (p *Program) Query(body ast.Body) (*Query, error) {
	c := p.compiler.QueryCompiler()
	compiled, err := c.Compile(body)
	if err != nil {
		return nil, fmt.Errorf("compile query: %w", err)
	}
	return &Query{program: p, body: compiled, compiler: c}, nil
}

// Ask is a rule whose value is asked for.
type Ask struct {
	Path  []string // package and name
	Maybe bool     // it may be undefined: the answer is a list of its value, or an empty one
}

// Answer is the variable that holds what was asked for at an index.
func Answer(i int) ast.Var { return ast.Var("answer" + strconv.Itoa(i)) }

// Ask asks for the values of rules, all in one evaluation.
func (p *Program) Ask(asks ...Ask) (*Query, error) {
	body := make([]*ast.Expr, len(asks))
	for i, ask := range asks {
		ref := ast.Ref{ast.DefaultRootDocument}
		for _, part := range ask.Path {
			ref = append(ref, ast.StringTerm(part))
		}
		value := ast.NewTerm(ref)
		if ask.Maybe {
			one := ast.VarTerm("value")
			value = ast.ArrayComprehensionTerm(one, ast.NewBody(ast.Equality.Expr(one, value)))
		}
		body[i] = ast.Equality.Expr(ast.NewTerm(Answer(i)), value)
	}
	return p.Query(ast.NewBody(body...))
}
