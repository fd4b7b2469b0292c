package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Active is a policy that is on, with all that settings say about it: what is needed to judge by it somewhere else.
type Active struct {
	Policy
	At                 diag.Position // of policy.rego
	Action             Action        // what a violation leads to; never empty
	Parameters         map[string]any
	ExcludedNamespaces []string
	Exempt             []Exemption
	Modules            []*ast.Module // its files, as parsed; not to be changed
	Library            []*ast.Module // what it shares with the policies beside it
}

// Active are the policies that settings turn on, in order of their ids.
func (s *Set) Active(settings Settings) []Active {
	if s == nil {
		return nil
	}
	var list []Active
	for _, p := range s.policies {
		if !settings.on(p.Policy) {
			continue
		}
		setting := settings.Policies[p.ID]
		list = append(list, Active{
			Policy: p.Policy, At: p.at, Action: setting.action(p.Policy), Parameters: p.parameters.fill(setting.Parameters),
			ExcludedNamespaces: setting.ExcludedNamespaces, Exempt: setting.Exempt,
			Modules: p.bundle.inPackage(func(path ast.Ref) bool {
				return len(path) == 2 && path[1].Equal(ast.StringTerm(strings.ReplaceAll(p.ID, "-", "_")))
			}),
			Library: p.bundle.inPackage(func(path ast.Ref) bool { return len(path) > 1 && path[1].Equal(ast.StringTerm(library)) }),
		})
	}
	return list
}

// inPackage are the modules of some packages, in order of their files.
func (b *bundle) inPackage(is func(ast.Ref) bool) []*ast.Module {
	var modules []*ast.Module
	for _, name := range slices.Sorted(maps.Keys(b.modules)) {
		if m := b.modules[name]; is(m.Package.Path) {
			modules = append(modules, m)
		}
	}
	return modules
}

// action is the setting's, or what the policy's severity amounts to.
func (s Setting) action(p Policy) Action {
	switch s.severity(p) {
	case diag.Error:
		return Deny
	case diag.Warning:
		return Warn
	default:
		return Dryrun
	}
}

// Covers reports whether the exemption is the object's, by its name, release or namespace.
func (x Exemption) Covers(o object.Object) bool { return x.covers(o) }

// Ignores reports an annotation that exempts what carries it.
func Ignores(key string) bool {
	return key == IgnoreKey || key == ignoreAlias || strings.HasPrefix(key, ignorePrefix)
}
