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
	RuleFinish         = "adopt-finish"  // of an approval: the object may lose the owner that only a record knows
	RuleOwner          = "foreign-owner" // of an approval: the object may be taken over
	RuleField          = "foreign-field" // of an approval: fields of the object may be taken over
)

// Conflict is an object, or a field of one, that belongs to somebody else.
type Conflict struct {
	ID    object.ID
	Owner string // "Helm release shop/web", `manager "kubectl-edit"`; empty: nobody
	Path  string // of the field; empty: the object as a whole
	Field Field  // the same; nil: not found in the object
	Live  string // the field's value, as JSON; empty: not known
	Ours  string // the value that it would get
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
	Until     time.Time // the last day of the approvals that are proposed; zero: they do not end
	Repoless  bool      // there is no otomi.yaml for approvals
}

// Conflicting is the error about fields of other managers that are met when the plan is tried out or carried out.
func (p *Plan) Conflicting(conflicts []Conflict) *Problems {
	return &Problems{Conflicts: conflicts, Until: p.until, Repoless: p.Repoless}
}

// Join makes one error of what a plan and its trial have against it. Either may be nil.
func Join(planned, tried error) error {
	var a, b *Problems
	if !errors.As(planned, &a) || !errors.As(tried, &b) {
		return cmp.Or(planned, tried)
	}
	all := &Problems{Conflicts: slices.Concat(a.Conflicts, b.Conflicts), Refusals: slices.Concat(a.Refusals, b.Refusals), Until: later(a.Until, b.Until), Repoless: a.Repoless || b.Repoless}
	all.sort()
	return all
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Triable reports problems of a plan that can be tried out all the same, to find out what else there is against it.
func Triable(err error) bool {
	var p *Problems
	return errors.As(err, &p) && !slices.ContainsFunc(p.Refusals, func(r Refusal) bool { return r.Final })
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
			p.write(&b, r)
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
		if !p.Repoless {
			p.proposals(&b)
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
	if c.Live != "" || c.Ours != "" {
		s += fmt.Sprintf(", which has %s; we have %s", c.Live, c.Ours)
	}
	if c.Hint != "" {
		s += " (" + c.Hint + ")"
	}
	return s
}

// listed is how many objects of one refusal are named before the rest is counted.
const listed = 10

func (p *Problems) write(b *strings.Builder, r Refusal) {
	fmt.Fprintf(b, "\n  %s: %s", r.Rule, r.Message)
	if r.Hint != "" {
		fmt.Fprintf(b, " (%s)", r.Hint)
	}
	if !r.Final && !p.Repoless {
		propose(b, r.Rule, r.Objects, p.Until)
	}
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
