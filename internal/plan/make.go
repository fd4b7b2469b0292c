package plan

import (
	"cmp"
	"slices"
)

// Make plans. It returns the plan also when it is refused, so that what would have happened can be shown. The error is a
// *Problems (conflicts and refusals, all of them), or diag.Findings, which the plan has too, when the desired objects contradict
// each other, cannot be ordered, or have to comply with a policy.
func Make(in Input) (*Plan, error) {
	m := newMaker(in)
	if err := m.duplicates(); err != nil {
		return m.plan, err
	}
	m.identity()
	if !in.Options.Destroy {
		m.source()
		m.desired()
		m.gatekeeper()
	}
	m.replaced()
	m.prunes()
	m.hooks()
	m.deleteHooks()
	m.ambiguous()
	m.finish()
	m.depends()
	m.stale()
	m.undone()
	m.approvals()
	m.unmatched()
	m.lapsed()
	slices.SortStableFunc(m.plan.Actions, compareActions)
	switch {
	case !m.problems.empty():
		m.problems.sort()
		m.problems.Until, m.problems.Repoless = m.plan.until, m.plan.Repoless
		return m.plan, &m.problems
	case m.plan.Findings.Failed():
		return m.plan, m.plan.Findings
	default:
		return m.plan, nil
	}
}

// approvedDays is how long an approval holds that is proposed.
const approvedDays = 7

// compareActions puts what is applied first, by runlevel; what is deleted follows in reverse.
func compareActions(a, b Action) int {
	removes := func(a Action) int {
		if a.Op == Prune || a.Op == Forget || a.Hook != nil && a.Hook.Phase.Deletes() {
			return 1
		}
		return 0
	}
	if c := cmp.Compare(removes(a), removes(b)); c != 0 {
		return c
	}
	if removes(a) == 1 {
		return cmp.Or(cmp.Compare(DeleteRank(a.ID), DeleteRank(b.ID)), cmp.Compare(b.Runlevel, a.Runlevel),
			cmp.Compare(b.Release, a.Release), b.ID.Compare(a.ID))
	}
	return cmp.Or(cmp.Compare(early(a.ID), early(b.ID)), cmp.Compare(a.Runlevel, b.Runlevel), cmp.Compare(a.Release, b.Release),
		cmp.Compare(Rank(a.ID), Rank(b.ID)), a.ID.Compare(b.ID))
}
