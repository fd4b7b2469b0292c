package conftest

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// errNoMessage is what conftest, too, refuses.
var errNoMessage = errors.New("a rule yields a map without a string msg")

// Violation is a message of a rule.
type Violation struct {
	Message string
	Path    string        // details.path of what the rule yielded
	At      diag.Position // _loc of what the rule yielded
}

// Data is what the rules see in data: the user's, and the place of the object where a rule reads it.
func (r *Rules) Data(user ast.Value, file string) ast.Value {
	o, ok := user.(ast.Object)
	if !r.places || !ok {
		return user
	}
	name, dir := ast.StringTerm(path.Base(file)), ast.StringTerm(path.Dir(file))
	place := ast.ObjectTerm(rego.Field("file", ast.ObjectTerm(rego.Field("name", name), rego.Field("dir", dir))))
	with, _ := o.Merge(ast.NewObject(rego.Field("conftest", place)))
	return with
}

// PerObject reports whether Data depends on the file.
func (r *Rules) PerObject() bool { return r.places }

// Verdict is what a rule says of an object.
type Verdict struct {
	Violations []Violation
	Excepted   bool // a rule `exception` lets the object pass
}

// JudgeAll asks all rules of an object in one evaluation; the verdicts are in the order of List. What functions fail at is
// undefined in Rego, and nobody's error. When the outcome has an error, Judge tells which rule it is.
func (r *Rules) JudgeAll(ctx context.Context, run *rego.Run, input *ast.Term) ([]Verdict, rego.Outcome) {
	verdicts := make([]Verdict, len(r.List))
	outcome := run.Eval(ctx, r.all, input, func(answer topdown.QueryResult) error {
		for i, rule := range r.List {
			var err error
			if verdicts[i], err = rule.verdict(answer, 2*i); err != nil {
				return err
			}
		}
		return nil
	})
	return verdicts, outcome
}

// Judge asks one rule of an object.
func (r *Rule) Judge(ctx context.Context, run *rego.Run, input *ast.Term) (Verdict, rego.Outcome) {
	var verdict Verdict
	outcome := run.Eval(ctx, r.query, input, func(answer topdown.QueryResult) error {
		var err error
		verdict, err = r.verdict(answer, 0)
		return err
	})
	return verdict, outcome
}

// verdict reads the answers at an index and the one after it.
func (r *Rule) verdict(answer topdown.QueryResult, i int) (Verdict, error) {
	if excepts(answer[rego.Answer(i+1)], r.short()) {
		return Verdict{Excepted: true}, nil
	}
	list, err := violations(answer[rego.Answer(i)])
	return Verdict{Violations: list}, err
}

// excepts reports whether a set of lists has the name in one of them.
func excepts(found *ast.Term, name string) bool {
	return some(found, func(lists *ast.Term) bool {
		return some(lists, func(list *ast.Term) bool {
			return some(list, func(item *ast.Term) bool { return item.Equal(ast.StringTerm(name)) })
		})
	})
}

// some reports whether a member of a list, set or map satisfies a condition.
func some(t *ast.Term, is func(*ast.Term) bool) bool {
	found := false
	visit := func(item *ast.Term) { found = found || is(item) }
	switch v := t.Value.(type) {
	case *ast.Array:
		v.Foreach(visit)
	case ast.Set:
		v.Foreach(visit)
	case ast.Object:
		v.Foreach(func(_, item *ast.Term) { visit(item) })
	}
	return found
}

// violations reads what a rule yields: a set or list of messages, or of maps with a message msg. Whatever else it is says
// nothing, and so does an empty message.
func violations(found *ast.Term) ([]Violation, error) {
	var list []Violation
	var err error
	some(found, func(values *ast.Term) bool {
		if _, isMap := values.Value.(ast.Object); isMap {
			return false
		}
		return some(values, func(item *ast.Term) bool {
			v, problem := violation(item)
			if problem != nil {
				err = problem
			}
			if v.Message != "" {
				list = append(list, v)
			}
			return false
		})
	})
	return list, err
}

func violation(item *ast.Term) (Violation, error) {
	switch v := item.Value.(type) {
	case ast.String:
		return Violation{Message: string(v)}, nil
	case ast.Object:
		message, ok := rego.Text(v, "msg")
		if !ok {
			return Violation{}, errNoMessage
		}
		found := Violation{Message: message}
		if details, ok := member(v, "details"); ok {
			found.Path, _ = rego.Text(details, "path")
		}
		if loc, ok := member(v, "_loc"); ok {
			found.At = position(loc)
		}
		return found, nil
	default:
		return Violation{}, nil
	}
}

func member(o ast.Object, key string) (ast.Object, bool) {
	t := o.Get(ast.StringTerm(key))
	if t == nil {
		return nil, false
	}
	m, ok := t.Value.(ast.Object)
	return m, ok
}

func position(loc ast.Object) diag.Position {
	var at diag.Position
	at.File, _ = rego.Text(loc, "file")
	if line := loc.Get(ast.StringTerm("line")); line != nil {
		if n, ok := line.Value.(ast.Number); ok {
			at.Line, _ = strconv.Atoi(string(json.Number(n)))
		}
	}
	return at
}
