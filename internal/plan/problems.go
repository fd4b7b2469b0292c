package plan

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// What a *Problems is, for errors.Is. One that holds both counts as refused as well as a conflict.
var (
	ErrConflict = errors.New("objects or fields belong to somebody else")
	ErrRefused  = errors.New("refused by a safety rule")
)

// The rules that refuse. They are what an approval names.
const (
	RuleCluster        = "wrong-cluster"
	RulePlaceholder    = "secret-placeholder"
	RuleDowngrade      = "downgrade"
	RuleStale          = "stale-checkout"
	RuleGatekeeper     = "no-gatekeeper"
	RuleEmptySet       = "empty-set"
	RulePruneBudget    = "prune-budget"
	RulePruneNamespace = "prune-namespace"
	RulePruneCRD       = "prune-crd"
	RulePruneData      = "prune-data"
)

// Conflict is an object, or a field of one, that belongs to somebody else.
type Conflict struct {
	ID    object.ID
	Owner string // "Helm release shop/web", `manager "kubectl-edit"`; empty: nobody
	Path  string // of the field; empty: the object as a whole
	Hint  string // the flag that resolves it
}

// Refusal is a safety rule that says no.
type Refusal struct {
	Rule    string
	Objects []object.ID // what it is about; empty: the run
	Message string
	Hint    string // the flag that allows it, if there is one
	Final   bool   // no approval helps
}

// Problems is every reason why a plan must not be carried out.
type Problems struct {
	Conflicts []Conflict
	Refusals  []Refusal
}

// Is tells what kinds of problems there are.
func (p *Problems) Is(target error) bool {
	return (target == ErrConflict && len(p.Conflicts) > 0) || (target == ErrRefused && len(p.Refusals) > 0)
}

// Error lists all of them, with what resolves each.
func (p *Problems) Error() string {
	var b strings.Builder
	if len(p.Refusals) > 0 {
		b.WriteString(ErrRefused.Error() + ":")
		for _, r := range p.Refusals {
			r.write(&b)
		}
	}
	if len(p.Conflicts) > 0 {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(ErrConflict.Error() + ":")
		for _, c := range p.Conflicts {
			b.WriteString("\n  " + c.String())
		}
	}
	return b.String()
}

// String is the conflict on one line.
func (c Conflict) String() string {
	s := c.ID.String()
	if c.Path != "" {
		s += ": " + c.Path
	}
	if c.Owner == "" {
		s += ": exists already and has no owner"
	} else {
		s += ": belongs to " + c.Owner
	}
	if c.Hint != "" {
		s += " (" + c.Hint + ")"
	}
	return s
}

// listed is how many objects of one refusal are named before the rest is counted.
const listed = 10

func (r Refusal) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n  %s: %s", r.Rule, r.Message)
	if r.Hint != "" {
		fmt.Fprintf(b, " (%s)", r.Hint)
	}
	if r.Final {
		return
	}
	fmt.Fprintf(b, "\n    or add to approvals in otomi.yaml:\n      - rule: %s", r.Rule)
	if len(r.Objects) > 0 {
		b.WriteString("\n        objects:")
		for _, id := range r.Objects[:min(listed, len(r.Objects))] {
			b.WriteString("\n          - " + id.String())
		}
		if more := len(r.Objects) - listed; more > 0 {
			fmt.Fprintf(b, "\n          # and %d more", more)
		}
	}
	b.WriteString("\n        reason: …\n        until: …")
}

func (p *Problems) empty() bool { return len(p.Conflicts) == 0 && len(p.Refusals) == 0 }

func (p *Problems) sort() {
	slices.SortFunc(p.Conflicts, func(a, b Conflict) int { return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Path, b.Path)) })
	slices.SortStableFunc(p.Refusals, func(a, b Refusal) int { return cmp.Compare(a.Rule, b.Rule) })
}

// Approval allows what a rule refuses, for some objects and some time.
type Approval struct {
	Rule    string
	Objects []string // KIND/[NS/]NAME as refusals print them, with * and ? within a part; empty: the rule as a whole
	Reason  string
	Until   time.Time // the last day it holds; zero: it does not end
}

func (a Approval) covers(rule string, id object.ID) bool {
	if a.Rule != rule {
		return false
	}
	return len(a.Objects) == 0 || slices.ContainsFunc(a.Objects, func(pattern string) bool {
		ok, err := path.Match(pattern, id.String())
		return ok && err == nil
	})
}

func (a Approval) expired(now time.Time) bool {
	return !a.Until.IsZero() && !now.Before(a.Until.AddDate(0, 0, 1))
}
