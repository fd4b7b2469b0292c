package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// evaluation is what a policy made of an object.
type evaluation struct {
	violations []violation
	errors     []topdown.Error // of functions that failed; the policy went on without their results
	failed     error
	timeout    bool
}

type violation struct{ message, path, container string }

// evaluate runs the policy. It goes to OPA's evaluator past package rego, which collects failures of functions only per
// prepared query, not per evaluation, and cannot be stopped without a goroutine for each.
func (c *check) evaluate(ctx context.Context, r rule, review *ast.Term) evaluation {
	var e evaluation
	limit := &limit{ended: &c.ended}
	timer := time.AfterFunc(c.timeout, limit.Cancel)
	defer timer.Stop()
	input := ast.ObjectTerm(ast.Item(ast.InternedTerm("review"), review), ast.Item(ast.InternedTerm("parameters"), r.parameters))
	query := topdown.NewQuery(r.query).WithQueryCompiler(r.queries).WithCompiler(c.set.compiler).
		WithStore(c.store).WithTransaction(c.txn).WithInput(input).WithTime(c.now).WithSeed(strings.NewReader("")).WithMetrics(metrics.NoOp()).
		WithCancel(limit).WithBuiltinErrorList(&e.errors)
	err := query.Iter(ctx, func(result topdown.QueryResult) error {
		var err error
		e.violations, err = violations(result[found])
		return err
	})
	e.timeout = err != nil && limit.reached.Load() && !c.ended.Load()
	if !c.ended.Load() {
		e.failed = err
	}
	return e
}

// limit stops an evaluation: when its own time is up, or the whole check has ended.
type limit struct {
	reached atomic.Bool
	ended   *atomic.Bool
}

// Cancel implements topdown.Cancel.
func (l *limit) Cancel() { l.reached.Store(true) }

// Cancelled implements topdown.Cancel.
func (l *limit) Cancelled() bool { return l.reached.Load() || l.ended.Load() }

// failures are findings for what went wrong. A function that fails leaves its rule undefined, which may hide a violation
// or make one; the violations found count either way.
func (e evaluation) failures(r rule, o object.Object) diag.Findings {
	var findings diag.Findings
	if e.failed != nil {
		at, cause := r.at, e.failed.Error()
		var inRego *topdown.Error
		if errors.As(e.failed, &inRego) {
			at, cause = position(inRego.Location, r.at), inRego.Message
		}
		findings = append(findings, failure(r.Policy, o, at, cause))
	}
	seen := map[string]bool{}
	for _, err := range e.errors {
		cause := err.Message
		if gvk := o.GroupVersionKind(); gvk.Group == "" && gvk.Kind == "Secret" {
			// The message may quote what the function was given.
			name, _, _ := strings.Cut(cause, ":")
			cause = name + " failed"
		}
		f := failure(r.Policy, o, position(err.Location, r.at), cause)
		if !seen[f.String()] {
			findings = append(findings, f)
		}
		seen[f.String()] = true
	}
	return findings
}

// violations reads the set of {"msg": string, "details": {"path": string, "container": string}}; details are free, and
// these two of them mean something here.
func violations(set *ast.Term) ([]violation, error) {
	members, ok := set.Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("violation is no set")
	}
	var list []violation
	err := members.Iter(func(t *ast.Term) error {
		o, ok := t.Value.(ast.Object)
		if !ok {
			return fmt.Errorf("a violation is an object with msg, not %v", t)
		}
		message, ok := text(o, "msg")
		if !ok {
			return fmt.Errorf("a violation has no string msg: %v", t)
		}
		v := violation{message: message}
		if details := o.Get(ast.InternedTerm("details")); details != nil {
			if d, ok := details.Value.(ast.Object); ok {
				v.path, _ = text(d, "path")
				v.container, _ = text(d, "container")
			}
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

func text(o ast.Object, key string) (string, bool) {
	t := o.Get(ast.InternedTerm(key))
	if t == nil {
		return "", false
	}
	s, ok := t.Value.(ast.String)
	return string(s), ok
}
