package cluster

import (
	"context"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

// tidy deletes the object of a hook that has run, where its chart wants that.
func (r *run) tidy(ctx context.Context, a *plan.Action, succeeded bool) {
	o := r.outcome(a)
	if o.meta == nil || !a.Hook.After(succeeded) {
		return
	}
	if why := a.Spared(o.meta); why != "" {
		r.tellOf(EventWarning, a, "the hook's object is not deleted: "+why)
		return
	}
	ended := *a
	ended.Live, ended.Reason = o.meta, "the hook has run"
	if err := r.remove(ctx, &ended); err != nil {
		r.tellOf(EventWarning, a, "the hook's object is left behind: "+short(err))
		return
	}
	if _, err := r.untilGone(ctx, []*plan.Action{&ended}); err != nil {
		r.tellOf(EventWarning, a, "the hook's object is left behind: "+short(err))
	}
}

// deleteHooks runs the hooks of releases that are deleted with a runlevel, and reports whether the deletion may go on.
func (r *run) deleteHooks(ctx context.Context, level string, phase plan.Phase) bool {
	var hooks []*plan.Action
	for i := range r.plan.Actions {
		if a := &r.plan.Actions[i]; a.Op.Sends() && deletes(a) && a.Hook.Phase == phase && a.Runlevel == level {
			hooks = append(hooks, a)
		}
	}
	slices.SortStableFunc(hooks, compareHooks)
	for _, a := range hooks {
		sent := node{action: a}
		r.step(ctx, &sent)
		run := node{name: a.ID.String(), gate: &gate{scope: []*plan.Action{a}, hook: a}, broken: sent.broken}
		r.pass(ctx, &run)
		if run.broken != "" {
			return false
		}
		r.set(a, func(o *outcome) { o.status = removed })
	}
	return true
}
