package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// compile compiles all modules of a folder together and each policy's query on its own.
func (s *Set) compile(from *bundle) diag.Findings {
	modules := maps.Clone(from.modules)
	separate := from.librariesReadParameters()
	for _, p := range s.policies {
		own, all := from.reached(p)
		p.inventory = slices.ContainsFunc(all, readsInventory)
		names := slices.Collect(maps.Keys(own))
		if _, whole := rego.Reads(slices.Collect(maps.Values(own))...); whole || separate {
			continue
		}
		p.together = true
		for _, name := range names {
			modules[name] = rego.Below(own[name], "parameters", p.pkg())
		}
	}
	var err error
	if from.program, err = rego.Compile(modules); err != nil {
		return rego.Findings("rego-compile", err, nil, diag.Position{File: from.folder})
	}
	var findings diag.Findings
	for _, p := range s.policies {
		if p.query, err = from.program.Ask(p.ask()); err != nil {
			findings = append(findings, rego.Findings("rego-compile", err, nil, p.at)...)
		}
	}
	return findings
}

func (p *compiled) ask() rego.Ask { return rego.Ask{Path: []string{p.pkg(), "violation"}} }

// several asks policies of the folder in one evaluation.
func (b *bundle) several(rules []rule) (*rego.Query, error) {
	ids := make([]string, len(rules))
	asks := make([]rego.Ask, len(rules))
	for i, r := range rules {
		ids[i], asks[i] = r.ID, r.ask()
	}
	key := strings.Join(ids, " ")
	if known, ok := b.queries.Load(key); ok {
		return known.(*rego.Query), nil
	}
	q, err := b.program.Ask(asks...)
	if err == nil {
		b.queries.Store(key, q)
	}
	return q, err
}

// librariesReadParameters reports whether what a library yields may differ between policies that judge the same object.
func (b *bundle) librariesReadParameters() bool {
	for _, m := range b.modules {
		if !isLibrary(m.Package.Path) {
			continue
		}
		if names, whole := rego.Reads(m); whole || names["parameters"] {
			return true
		}
	}
	return false
}

func isLibrary(path ast.Ref) bool {
	return path.HasPrefix(ast.Ref{ast.DefaultRootDocument, ast.StringTerm(library)})
}

// reached are a policy's own modules by file name, and those with the libraries that they read, directly or not.
func (b *bundle) reached(p *compiled) (own map[string]*ast.Module, all []*ast.Module) {
	own = map[string]*ast.Module{}
	seen := map[*ast.Module]bool{}
	var visit func(m *ast.Module)
	visit = func(m *ast.Module) {
		if seen[m] {
			return
		}
		seen[m] = true
		all = append(all, m)
		ast.WalkRefs(m, func(ref ast.Ref) bool {
			for _, other := range b.modules {
				if path := other.Package.Path; ref[0].Equal(ast.DefaultRootDocument) && isLibrary(path) && (ref.HasPrefix(path) || path.HasPrefix(ref)) {
					visit(other)
				}
			}
			return false
		})
	}
	for name, m := range b.modules {
		if len(m.Package.Path) == 2 && m.Package.Path[1].Equal(ast.StringTerm(p.pkg())) {
			own[name] = m
			visit(m)
		}
	}
	return own, all
}
