package gatekeeper

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// MalformedError says what is wrong with a violation that Gatekeeper could not read, and would deny nothing for.
type MalformedError string

func (e MalformedError) Error() string { return string(e) }

// Violation is what a rule found.
type Violation struct {
	Message         string
	Path, Container string // of details: the field, and the container it belongs to
}

// ForKind reports whether the constraint may be for objects of the kind at all.
func (c *Constraint) ForKind(group, kind string) bool { return c.match.kind(group, kind) }

// Matches reports whether the constraint is for the object. An error means that nobody can tell, which Gatekeeper takes for a
// violation.
func (c *Constraint) Matches(r *Review) (bool, error) {
	in := around{generated: r.Generated, exact: r.Request != nil}
	if r.Namespace != nil {
		in.namespace = r.Namespace.Unstructured
	}
	for _, o := range r.objects() {
		if ok, err := c.match.matches(o, in); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// Judge judges an object, whether the constraint is for it or not, by the engine that Gatekeeper prefers.
func (c *Constraint) Judge(ctx context.Context, run *rego.Run, r *Review) ([]Violation, rego.Outcome) {
	return c.JudgeBy(ctx, c.Template.Engines()[0], run, r)
}

// JudgeBy judges an object by one of the template's engines. What functions of Rego fail at is undefined, and nobody's error.
func (c *Constraint) JudgeBy(ctx context.Context, engine Engine, run *rego.Run, r *Review) ([]Violation, rego.Outcome) {
	if engine == CEL {
		return c.byCEL(ctx, r)
	}
	var found []Violation
	outcome := run.Eval(ctx, c.Template.query, Input(r.Term(), c.parameters), func(answer topdown.QueryResult) error {
		var err error
		found, err = Violations(answer[rego.Answer(0)])
		return err
	})
	return found, outcome
}

// Where is the place of an evaluation's error, and what it says.
func (c *Constraint) Where(err error) (diag.Position, string) {
	return rego.Where(err, c.Template.Place, c.Object.Source.Position())
}

// Violations reads the set of {"msg": string, "details": {"path": string, "container": string}}; details are free, and
// these two of them mean something here. What differs in neither is the same violation.
func Violations(set *ast.Term) ([]Violation, error) {
	members, ok := set.Value.(ast.Set)
	if !ok {
		return nil, MalformedError("violation is no set")
	}
	if members.Len() == 0 {
		return nil, nil
	}
	var list []Violation
	seen := ast.NewSet()
	err := members.Iter(func(t *ast.Term) error {
		o, ok := t.Value.(ast.Object)
		if !ok {
			return MalformedError("a violation is an object with msg, not " + ast.ValueName(t.Value))
		}
		message, ok := rego.Text(o, "msg")
		if !ok {
			return MalformedError("a violation has no string msg")
		}
		v := Violation{Message: message}
		details := o.Get(ast.InternedTerm("details"))
		if details != nil {
			if d, ok := details.Value.(ast.Object); ok {
				v.Path, _ = rego.Text(d, "path")
				v.Container, _ = rego.Text(d, "container")
			}
		} else {
			details = ast.InternedEmptyObject
		}
		same := ast.ArrayTerm(ast.StringTerm(message), details)
		if !seen.Contains(same) {
			seen.Add(same)
			list = append(list, v)
		}
		return nil
	})
	return list, err
}
