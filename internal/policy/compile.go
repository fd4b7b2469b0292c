package policy

import (
	"errors"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// found is the variable of a policy's query that holds the violations.
const found = ast.Var("found")

// capabilities are the functions that policies may call: those whose result is fixed by their arguments. What OPA marks
// as nondeterministic reaches the network, the clock, the environment or randomness. The functions over JSON Schema
// follow a $ref into the file system.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.AllowNet = []string{}
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || b.Name == "json.match_schema" || b.Name == "json.verify_schema"
	})
	return c
}

// compile compiles all modules together and each policy's query on its own.
func (s *Set) compile() diag.Findings {
	s.compiler = ast.NewCompiler().SetErrorLimit(0).WithCapabilities(capabilities()).WithDefaultRegoVersion(ast.RegoV1)
	s.compiler.Compile(s.modules)
	if s.compiler.Failed() {
		return regoFindings("rego-compile", diag.Position{File: folder}, s.compiler.Errors)
	}
	var findings diag.Findings
	for _, p := range s.policies {
		ref := ast.Ref{ast.DefaultRootDocument, ast.StringTerm(strings.ReplaceAll(p.ID, "-", "_")), ast.StringTerm("violation")}
		p.queries = s.compiler.QueryCompiler()
		query, err := p.queries.Compile(ast.NewBody(ast.Equality.Expr(ast.NewTerm(found), ast.NewTerm(ref))))
		if err != nil {
			findings = append(findings, regoFindings("rego-compile", p.at, err)...)
		}
		p.query = query
	}
	return findings
}

// regoFindings turns errors of OPA's parser and compiler into findings at their places.
func regoFindings(rule string, otherwise diag.Position, err error) diag.Findings {
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
		f := diag.Errorf(rule, position(e.Location, otherwise), "%s", strings.TrimSpace(e.Message))
		if name, undefined := strings.CutPrefix(e.Message, "undefined function "); undefined && removed(name) {
			f = f.WithHint("policies see the object and their parameters only: no network, clock, files or randomness")
		}
		findings = append(findings, f)
	}
	return findings
}

// removed reports whether OPA has the function and capabilities leave it out.
func removed(name string) bool {
	named := func(b *ast.Builtin) bool { return b.Name == name }
	return slices.ContainsFunc(ast.CapabilitiesForThisVersion().Builtins, named) && !slices.ContainsFunc(capabilities().Builtins, named)
}
