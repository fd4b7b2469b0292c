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

// sideBySide are the parameters of policies that are asked with the same input.
func sideBySide(rules []rule) *ast.Term {
	all := ast.NewObject()
	for _, r := range rules {
		if r.together {
			all.Insert(ast.StringTerm(r.pkg()), r.parameters)
		}
	}
	return ast.NewTerm(all)
}

// plan is what judges the objects of a kind in a namespace.
type plan struct {
	together [][]rule // of one folder each, asked in one evaluation
	queries  []*rego.Query
	apart    []rule
}

type planFor struct{ group, kind, namespace string }

// plan finds the policies that are for an object.
func (c *check) plan(s *subject) (*plan, error) {
	gvk := s.GroupVersionKind()
	key := planFor{gvk.Group, gvk.Kind, namespaceOf(s.Object)}
	if known, ok := c.plans.Load(key); ok {
		return known.(*plan), nil
	}
	p := &plan{}
	last := (*bundle)(nil)
	for _, r := range c.rules {
		switch {
		case !r.judges(key.group, key.kind) || excluded(r.setting.ExcludedNamespaces, key.namespace):
		case !r.together:
			p.apart = append(p.apart, r)
		case r.bundle != last:
			last = r.bundle
			p.together = append(p.together, []rule{r})
		default:
			i := len(p.together) - 1
			p.together[i] = append(p.together[i], r)
		}
	}
	for _, rules := range p.together {
		q, err := rules[0].bundle.several(rules)
		if err != nil {
			return nil, err
		}
		p.queries = append(p.queries, q)
	}
	c.plans.Store(key, p)
	return p, nil
}

// byOurs judges an object by the policies of ours. Those of one folder are asked in one evaluation, in which what libraries
// yield for the object, such as its containers, is found once. Where one gives no verdict, they are asked again one by one.
func (c *check) byOurs(ctx context.Context, s *subject) error {
	p, err := c.plan(s)
	if err != nil || len(p.apart) == 0 && len(p.together) == 0 {
		return err
	}
	review, err := c.reviewed(s)
	if err != nil {
		return err
	}
	input := gatekeeper.Input(review.Term(), c.parameters)
	for i, rules := range p.together {
		run := c.run
		if !slices.ContainsFunc(rules, func(r rule) bool { return r.skips(s) }) {
			all, stopped := c.judgeAll(ctx, rules, s, p.queries[i], input)
			if all {
				continue
			}
			if stopped { // who it was is told in the time that one may take
				run = run.Sharing(len(rules))
			}
		}
		for _, r := range rules {
			c.judge(ctx, run, r, s, input)
		}
	}
	for _, r := range p.apart {
		c.judge(ctx, c.run, r, s, gatekeeper.Input(review.Term(), r.parameters))
	}
	return nil
}

// judgeAll reports whether all of the policies gave a verdict, without a failure; else nothing was said, and they may have been stopped.
func (c *check) judgeAll(ctx context.Context, rules []rule, s *subject, q *rego.Query, input *ast.Term) (all, stopped bool) {
	found := make([][]gatekeeper.Violation, len(rules))
	outcome := c.run.Eval(ctx, q, input, func(answer topdown.QueryResult) error {
		for i := range rules {
			var err error
			if found[i], err = gatekeeper.Violations(answer[rego.Answer(i)]); err != nil {
				return err
			}
		}
		return nil
	})
	if outcome.Err != nil || len(outcome.Errors) > 0 {
		return false, outcome.Timeout
	}
	for i, r := range rules {
		c.violated(s, r, found[i])
	}
	return true, false
}

func (c *check) judge(ctx context.Context, run *rego.Run, r rule, s *subject, input *ast.Term) {
	if r.skips(s) {
		return
	}
	var found []gatekeeper.Violation
	outcome := run.Eval(ctx, r.query, input, func(answer topdown.QueryResult) error {
		var err error
		found, err = gatekeeper.Violations(answer[rego.Answer(0)])
		return err
	})
	c.outcome(s, r.guard, nil, outcome)
	for _, e := range outcome.Errors {
		// A function that fails leaves its rule undefined, which may hide a violation or make one; those found count either way.
		s.fail(r.guard, rego.Position(e.Location, nil, r.guard.at), hide(s.Object, e.Message))
	}
	c.violated(s, r, found)
}

// violated reports violations, but for those that an exemption lets pass.
func (c *check) violated(s *subject, r rule, found []gatekeeper.Violation) {
	for _, v := range found {
		f := diag.Finding{
			Severity: r.severity, Rule: r.ID, Message: v.Message, Hint: r.Fix,
			Object: s.name, Path: v.Path, At: s.locator.Place(v.Path),
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
