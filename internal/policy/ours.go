package policy

import (
	"context"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// rule is a policy of ours with its settings.
type rule struct {
	*compiled
	*guard
	setting    Setting
	severity   diag.Severity
	parameters *ast.Term
}

func newRule(p *compiled, setting Setting) (rule, error) {
	parameters, err := ast.InterfaceToValue(p.parameters.fill(setting.Parameters))
	if err != nil {
		return rule{}, fmt.Errorf("read parameters of %s: %w", p.ID, err)
	}
	return rule{
		compiled: p, guard: newGuard(p.ID, p.at), setting: setting, severity: setting.severity(p.Policy), parameters: ast.NewTerm(parameters),
	}, nil
}

// byOurs judges an object by the policies of ours. Those of one folder share what its libraries yield for the object, such as
// its containers.
func (c *check) byOurs(ctx context.Context, s *subject) error {
	gvk, namespace := s.GroupVersionKind(), namespaceOf(s.Object)
	var shared *rego.Shared
	var of *bundle
	for _, r := range c.rules {
		if !r.judges(gvk.Group, gvk.Kind) || excluded(r.setting.ExcludedNamespaces, namespace) || r.skips(s) {
			continue
		}
		review, err := c.reviewed(s)
		if err != nil {
			return err
		}
		if !r.shares {
			shared, of = nil, nil
		} else if r.bundle != of {
			shared, of = rego.NewShared(), r.bundle
		}
		c.judge(ctx, r, s, review, shared)
	}
	return nil
}

func (c *check) judge(ctx context.Context, r rule, s *subject, review *gatekeeper.Review, shared *rego.Shared) {
	var violations []gatekeeper.Violation
	outcome := c.run.Eval(ctx, r.query, gatekeeper.Input(review.Term(), r.parameters), shared, func(answer topdown.QueryResult) error {
		var err error
		violations, err = gatekeeper.Violations(answer[rego.Found])
		return err
	})
	c.outcome(s, r.guard, nil, outcome)
	for _, e := range outcome.Errors {
		// A function that fails leaves its rule undefined, which may hide a violation or make one; those found count either way.
		s.fail(r.guard, rego.Position(e.Location, nil, r.guard.at), hide(s.Object, e.Message))
	}
	for _, v := range violations {
		f := diag.Finding{
			Severity: r.severity, Rule: r.ID, Message: v.Message, Hint: r.Fix,
			Object: s.ID().String(), Path: v.Path, At: s.locator.Place(v.Path),
		}
		if note, ok := c.exemptions.match(r.ID, s.Object, v.Container, s.exempt, f); ok {
			f.Notes = append(f.Notes, note)
			s.out.Exempted = append(s.out.Exempted, f)
			continue
		}
		s.report(f)
	}
}

// namespaceOf is the namespace that settings mean: the object's, or what a Namespace is itself.
func namespaceOf(o object.Object) string {
	if gvk := o.GroupVersionKind(); gvk.Group == "" && gvk.Kind == "Namespace" {
		return o.GetName()
	}
	return o.GetNamespace()
}

// excluded reports whether a glob with * at its beginning or end matches, as Gatekeeper matches excludedNamespaces.
func excluded(globs []string, namespace string) bool {
	return namespace != "" && slices.ContainsFunc(globs, func(g string) bool { return glob(g, namespace) })
}
