package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/rego"
)

// guard watches over one policy in one run.
type guard struct {
	name string
	at   diag.Position
	// The first object, counted from 1, for which the policy took too long; 0: none. It is not tried on later ones, or a
	// policy without end would cost its limit for each of them.
	first atomic.Int64
}

func newGuard(name string, at diag.Position) *guard { return &guard{name: name, at: at} }

// skips reports whether the policy was too slow for this object or one before it.
func (g *guard) skips(s *subject) bool {
	first := g.first.Load()
	return first > 0 && first <= int64(s.index)+1
}

// tooSlow keeps the first of the objects, so that the finding is the same in every run where the same object is slow.
func (g *guard) tooSlow(index int) {
	for {
		old := g.first.Load()
		if old > 0 && old <= int64(index)+1 || g.first.CompareAndSwap(old, int64(index)+1) {
			return
		}
	}
}

// outcome reports an evaluation that gave no verdict: an error, whatever the policy's own severity.
func (c *check) outcome(s *subject, g *guard, place rego.Place, o rego.Outcome) {
	switch {
	case o.Timeout:
		g.tooSlow(s.index)
	case o.Err != nil && !c.run.Ended():
		at, cause := rego.Where(o.Err, place, g.at)
		s.fail(g, at, hide(s.Object, cause))
	}
}

// fail is a policy that gave no verdict on an object, said once for one cause.
func (s *subject) fail(g *guard, at diag.Position, cause string) {
	f := g.failure(s.name, at, cause)
	same := func(other diag.Finding) bool { return other.Rule == f.Rule && other.String() == f.String() }
	if last := s.out.Findings; !slices.ContainsFunc(last[max(0, len(last)-20):], same) {
		s.report(f)
	}
}

func (g *guard) failure(name string, at diag.Position, cause string) diag.Finding {
	f := diag.Errorf("policy-error", at, "policy %s gave no verdict: %s", g.name, strings.Join(strings.Fields(cause), " "))
	f.Object = name
	return f
}

// hide cuts what an error quotes of a Secret: what a function was given, values that contradict each other.
func hide(o object.Object, cause string) string {
	if gvk := o.GroupVersionKind(); gvk.Group == "" && gvk.Kind == "Secret" {
		name, _, _ := strings.Cut(cause, ":")
		return name + " failed"
	}
	return cause
}

// slow reports policies that were stopped, once each.
func (c *check) slow() diag.Findings {
	var findings diag.Findings
	for _, g := range c.guards() {
		if n := g.first.Load(); n > 0 {
			findings = append(findings, g.failure(c.named[n-1].ID().String(), g.at, fmt.Sprintf("it was stopped after %s and not tried on other objects", c.run.Limit())))
		}
	}
	return findings
}

// guards are those of all policies, in an order that depends only on which policies are on.
func (c *check) guards() []*guard {
	var guards []*guard
	for _, r := range c.rules {
		guards = append(guards, r.guard)
	}
	for _, r := range c.constraints {
		guards = append(guards, r.guard)
	}
	for _, l := range c.loose {
		for _, r := range l.rules {
			guards = append(guards, r.guard)
		}
	}
	return guards
}
