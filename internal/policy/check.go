package policy

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Result is what a check has to say.
type Result struct {
	Findings diag.Findings
	Exempted diag.Findings // violations that an exemption lets pass, each with a note that names it
}

// Check judges objects by the policies that are on. Today decides which exemptions have expired; when it is zero their
// dates are only reported. When the context ends first, the check has failed.
func (s *Set) Check(ctx context.Context, objects []object.Object, settings Settings, today time.Time) Result {
	if s == nil {
		return Result{Findings: diag.Findings{diag.Errorf("policy-error", diag.Position{}, "the policies could not be loaded, so nothing was checked")}}
	}
	c, err := s.prepare(ctx, objects, settings)
	if err != nil {
		return Result{Findings: diag.Findings{diag.Errorf("policy-error", diag.Position{}, "prepare policies: %v", err)}}
	}
	defer c.close(ctx)
	results := c.run(ctx, objects)
	var r Result
	for _, part := range results {
		r.Findings, r.Exempted = append(r.Findings, part.Findings...), append(r.Exempted, part.Exempted...)
	}
	r.Findings = append(r.Findings, c.slow(objects)...)
	if ctx.Err() != nil {
		r.Findings = append(r.Findings, diag.Errorf("policy-error", diag.Position{}, "check policies: %v before every object was judged", context.Cause(ctx)))
	} else {
		r.Findings = append(r.Findings, c.exemptions.report(today, objects)...)
	}
	r.Findings.Sort()
	r.Exempted.Sort()
	return r
}

// check is one run over a list of objects. What objects share is made once, before the workers start.
type check struct {
	set        *Set
	rules      []rule
	exemptions *exemptions
	namespaces map[string]*ast.Term // of the objects, for input.review.namespaceObject
	zero       *ast.Term            // fields of every review that have no value
	store      storage.Store
	txn        storage.Transaction
	now        time.Time
	timeout    time.Duration
	lists      sync.Map    // parsed texts that hold several objects, by their first byte
	ended      atomic.Bool // the context is done
}

// rule is a policy with its settings.
type rule struct {
	*compiled
	setting    Setting
	severity   diag.Severity
	parameters *ast.Term
	// The first object, counted from 1, for which the policy took too long; 0: none. It is not tried on later ones, or a
	// policy without end would cost its limit for each of them.
	slow *atomic.Int64
}

func (s *Set) prepare(ctx context.Context, objects []object.Object, settings Settings) (*check, error) {
	c := &check{set: s, namespaces: map[string]*ast.Term{}, timeout: settings.Timeout, zero: zeroReview()}
	if c.timeout == 0 {
		c.timeout = 10 * time.Second
	}
	// A fixed time: the functions that verify tokens compare with it, and a verdict may not depend on when it is asked for.
	c.now = time.Unix(0, 1).UTC()
	for _, p := range s.policies {
		if !settings.on(p.Policy) {
			continue
		}
		setting := settings.Policies[p.ID]
		parameters, err := ast.InterfaceToValue(p.parameters.fill(setting.Parameters))
		if err != nil {
			return nil, fmt.Errorf("read parameters of %s: %w", p.ID, err)
		}
		c.rules = append(c.rules, rule{
			compiled: p, setting: setting, severity: setting.severity(p.Policy),
			parameters: ast.NewTerm(parameters), slow: &atomic.Int64{},
		})
	}
	c.exemptions = newExemptions(s, settings)
	for _, o := range objects {
		if gvk := o.GroupVersionKind(); gvk.Group == "" && gvk.Kind == "Namespace" {
			v, err := ast.InterfaceToValue(o.Object)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", o.ID(), err)
			}
			c.namespaces[o.GetName()] = ast.NewTerm(v)
		}
	}
	data := map[string]any{}
	if s.inventory {
		data["inventory"] = inventory(objects)
	}
	c.store = inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	txn, err := c.store.NewTransaction(ctx)
	c.txn = txn
	return c, err
}

func (c *check) close(ctx context.Context) { c.store.Abort(ctx, c.txn) }

// run shares the objects out to as many workers as there are processors. An object is turned into Rego's form by the
// one worker that takes it, and serves all policies.
func (c *check) run(ctx context.Context, objects []object.Object) []Result {
	stop := context.AfterFunc(ctx, func() { c.ended.Store(true) })
	defer stop()
	results := make([]Result, min(runtime.GOMAXPROCS(0), len(objects)))
	var next atomic.Int64
	var workers sync.WaitGroup
	for w := range results {
		workers.Go(func() {
			for !c.ended.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(objects) {
					return
				}
				c.object(ctx, i, objects[i], &results[w])
			}
		})
	}
	workers.Wait()
	return results
}

// object judges one object by all policies that are meant for it.
func (c *check) object(ctx context.Context, index int, o object.Object, out *Result) {
	l := object.NewLocator(o, &c.lists)
	exempt, findings := c.exemptions.annotated(c.set, o, l)
	out.Findings = append(out.Findings, findings...)
	gvk, namespace := o.GroupVersionKind(), namespaceOf(o)
	var review *ast.Term
	for _, r := range c.rules {
		if !r.judges(gvk.Group, gvk.Kind) || excluded(r.setting.ExcludedNamespaces, namespace) {
			continue
		}
		if review == nil {
			var err error
			if review, err = c.review(o); err != nil {
				out.Findings = append(out.Findings, failure(r.Policy, o, o.Source.Position(), err.Error()))
				return
			}
		}
		c.judge(ctx, r, index, o, review, l, exempt, out)
	}
}

func (c *check) judge(ctx context.Context, r rule, index int, o object.Object, review *ast.Term, l *object.Locator, exempt []ignore, out *Result) {
	if slow := r.slow.Load(); slow > 0 && slow <= int64(index)+1 {
		return
	}
	e := c.evaluate(ctx, r, review)
	if e.timeout {
		r.tooSlow(index)
		return
	}
	out.Findings = append(out.Findings, e.failures(r, o)...)
	for _, v := range e.violations {
		f := diag.Finding{
			Severity: r.severity, Rule: r.ID, Message: v.message, Hint: r.Fix,
			Object: o.ID().String(), Path: v.path, At: l.Place(v.path),
		}
		if note, ok := c.exemptions.match(r.ID, o, v.container, exempt, f); ok {
			f.Notes = append(f.Notes, note)
			out.Exempted = append(out.Exempted, f)
			continue
		}
		out.Findings = append(out.Findings, f)
	}
}

// tooSlow keeps the first of the objects, so that the finding is the same in every run where the same object is slow.
func (r rule) tooSlow(index int) {
	for {
		old := r.slow.Load()
		if old > 0 && old <= int64(index)+1 || r.slow.CompareAndSwap(old, int64(index)+1) {
			return
		}
	}
}

// slow reports policies that were stopped, once each.
func (c *check) slow(objects []object.Object) diag.Findings {
	var findings diag.Findings
	for _, r := range c.rules {
		if n := r.slow.Load(); n > 0 {
			o := objects[n-1]
			findings = append(findings, failure(r.Policy, o, r.at, fmt.Sprintf("it was stopped after %s and not tried on other objects", c.timeout)))
		}
	}
	return findings
}

// failure is a policy that gave no verdict on an object: an error, whatever the policy's own severity.
func failure(p Policy, o object.Object, at diag.Position, cause string) diag.Finding {
	f := diag.Errorf("policy-error", at, "policy %s gave no verdict: %s", p.ID, strings.Join(strings.Fields(cause), " "))
	f.Object = o.ID().String()
	return f
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
