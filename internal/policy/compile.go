package policy

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// compile compiles all modules of a folder together and each policy's query on its own.
func (s *Set) compile(from *bundle) diag.Findings {
	var err error
	if from.program, err = rego.Compile(from.modules); err != nil {
		return rego.Findings("rego-compile", err, nil, diag.Position{File: from.folder})
	}
	shared := !from.librariesReadParameters()
	var findings diag.Findings
	for _, p := range s.policies {
		p.shares = shared
		if p.query, err = from.program.Value(strings.ReplaceAll(p.ID, "-", "_"), "violation"); err != nil {
			findings = append(findings, rego.Findings("rego-compile", err, nil, p.at)...)
		}
	}
	return findings
}

// librariesReadParameters reports whether what a library yields may differ between policies that judge the same object.
func (b *bundle) librariesReadParameters() bool {
	found := false
	for _, m := range b.modules {
		if !m.Package.Path.HasPrefix(ast.Ref{ast.DefaultRootDocument, ast.StringTerm(library)}) {
			continue
		}
		ast.WalkRefs(m, func(ref ast.Ref) bool {
			found = found || ref[0].Equal(ast.InputRootDocument) && !permitted(ref, "review")
			return found
		})
	}
	return found
}
