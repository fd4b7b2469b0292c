package policy

import (
	"context"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gatekeeper"
)

// constraint is one of Gatekeeper's, in one run.
type constraint struct {
	*gatekeeper.Constraint
	*guard
}

// byConstraints judges an object, and what ExpansionTemplates make of it, as Gatekeeper would.
func (c *check) byConstraints(ctx context.Context, s *subject) error {
	if len(c.constraints) == 0 {
		return nil
	}
	review, err := c.reviewed(s)
	if err != nil {
		return err
	}
	c.byEach(ctx, s, review, nil)
	made, err := c.set.gatekeeper.Expand(s.Unstructured)
	if err != nil {
		return err
	}
	for _, g := range made {
		value, err := gatekeeper.NewObject(g.Object)
		if err != nil {
			return err
		}
		c.byEach(ctx, s, &gatekeeper.Review{Object: value, Namespace: review.Namespace, Generated: true}, &g)
	}
	return nil
}

// byEach judges by every constraint that is for the object; from says what it was made of, nil: it was written.
func (c *check) byEach(ctx context.Context, s *subject, review *gatekeeper.Review, from *gatekeeper.Generated) {
	gvk := review.Object.GroupVersionKind()
	for _, one := range c.constraints {
		if !one.ForKind(gvk.Group, gvk.Kind) || one.skips(s) {
			continue
		}
		matches, err := one.Matches(review)
		if err != nil {
			c.violation(s, one, from, gatekeeper.Violation{Message: err.Error()})
		}
		if !matches {
			continue
		}
		violations, outcome := one.Judge(ctx, c.run, review)
		c.outcome(s, one.guard, one.Template.Place, outcome)
		for _, v := range violations {
			c.violation(s, one, from, v)
		}
	}
}

func (c *check) violation(s *subject, one constraint, from *gatekeeper.Generated, v gatekeeper.Violation) {
	f := diag.Finding{Severity: one.Severity, Rule: one.ID(), Message: v.Message, Object: s.name, Path: v.Path}
	if from != nil {
		f.Severity, f.Message, f.Path = from.Severity(f.Severity), from.Message(v.Message), from.Path(v.Path)
	}
	f.At = s.locator.Place(f.Path)
	s.report(f)
}
