package rego

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// DefaultLimit is the time that one evaluation may take.
const DefaultLimit = 10 * time.Second

// Run is what the evaluations of one check have in common. It is safe for concurrent use.
type Run struct {
	data  data
	limit time.Duration
	ended *atomic.Bool
	stop  func() bool
}

// NewRun begins a check: limit is the time that one evaluation may take, 0 for the default. Evaluations end when the context
// does.
func NewRun(ctx context.Context, limit time.Duration) *Run {
	if limit == 0 {
		limit = DefaultLimit
	}
	r := &Run{data: data{root: ast.NewObject()}, limit: limit, ended: &atomic.Bool{}}
	r.stop = context.AfterFunc(ctx, func() { r.ended.Store(true) })
	return r
}

// With is the run with data that queries see beside their input.
func (r *Run) With(base ast.Value) *Run {
	with := *r
	with.data.root = base
	return &with
}

// Sharing is the run with the time of one evaluation shared out to several, a second each if they are many.
func (r *Run) Sharing(among int) *Run {
	sharing := *r
	sharing.limit = min(r.limit, max(r.limit/time.Duration(among), time.Second))
	return &sharing
}

// Close ends the run, and those that were made With it.
func (r *Run) Close() { r.stop() }

// Ended reports whether the context is done.
func (r *Run) Ended() bool { return r.ended.Load() }

// Limit is the time that one evaluation may take.
func (r *Run) Limit() time.Duration { return r.limit }

// Outcome is what became of an evaluation.
type Outcome struct {
	Errors  []topdown.Error // of functions that failed; the evaluation went on without their results
	Err     error           // it gave no answer
	Timeout bool            // it was stopped; Err is set
}

// Eval asks a query of an input and hands each answer to a function. It goes to OPA's evaluator past
// package rego, which collects failures of functions only per prepared query, not per evaluation, and cannot be stopped
// without a goroutine for each.
func (r *Run) Eval(ctx context.Context, q *Query, input *ast.Term, answer func(topdown.QueryResult) error) Outcome {
	var o Outcome
	limit := &limit{ended: r.ended}
	timer := time.AfterFunc(r.limit, limit.Cancel)
	defer timer.Stop()
	query := topdown.NewQuery(q.body).WithQueryCompiler(q.compiler).WithCompiler(q.program.compiler).
		WithStore(r.data).WithTransaction(transaction{}).WithInput(input).WithTime(fixed()).WithSeed(strings.NewReader("")).
		WithMetrics(metrics.NoOp()).WithCancel(limit).WithBuiltinErrorList(&o.Errors)
	o.Err = query.Iter(ctx, answer)
	o.Timeout = o.Err != nil && limit.reached.Load() && !r.Ended()
	return o
}

// fixed is the time that Rego sees: the functions that verify tokens compare with it, and a verdict may not depend on when it
// is asked for.
func fixed() time.Time { return time.Unix(0, 1).UTC() }

// limit stops an evaluation: when its own time is up, or the whole run has ended.
type limit struct {
	reached atomic.Bool
	ended   *atomic.Bool
}

// Cancel implements topdown.Cancel.
func (l *limit) Cancel() { l.reached.Store(true) }

// Cancelled implements topdown.Cancel.
func (l *limit) Cancelled() bool { return l.reached.Load() || l.ended.Load() }

// Where is the place of an evaluation's error in Rego, and what it says.
func Where(err error, place Place, otherwise diag.Position) (diag.Position, string) {
	var e *topdown.Error
	if errors.As(err, &e) {
		return Position(e.Location, place, otherwise), e.Message
	}
	return otherwise, err.Error()
}
