package cluster

import (
	"context"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

// again prepares a hook that runs for the second time in this run.
func (r *run) again(a *plan.Action) {
	if a.Hook == nil || !a.Hook.Repeats() {
		return
	}
	r.set(a, func(o *outcome) {
		live := o.meta
		if o.absent {
			live = nil
		}
		a.Remake(live)
		o.done, o.task, o.repeated = false, "", true
	})
}

// owes reports a hook that has yet to run for the second time.
func (o *outcome) owes() bool {
	return o.action.Hook != nil && o.action.Hook.Again != "" && !o.repeated
}

// brokeBefore reports the second time of a hook whose first one failed.
func (r *run) brokeBefore(a *plan.Action) bool {
	o := r.outcome(a)
	return a.Hook != nil && a.Hook.Repeats() && (o.status == failed || o.late)
}

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
	left, err := r.untilGone(ctx, []*plan.Action{&ended})
	if err != nil {
		r.tellOf(EventWarning, a, "the hook's object is left behind: "+short(err))
		return
	}
	r.set(a, func(o *outcome) { o.absent = len(left) == 0 && ctx.Err() == nil })
}

// hookAdvice is how a deletion goes on that a hook stops.
const hookAdvice = "mend what the hook needs and run this again; to delete without it, apply the release once more with hooks: drop, or without the hook in its manifests"

// deleteHooks runs the hooks of releases that are deleted with a runlevel, and reports whether the deletion may go on.
func (r *run) deleteHooks(ctx context.Context, level string, phase plan.Phase) bool {
	var hooks []*plan.Action
	for i := range r.plan.Actions {
		switch a := &r.plan.Actions[i]; {
		case !a.Op.Sends(), !deletes(a), a.Runlevel != level:
		case a.Hook.Phase == phase:
			hooks = append(hooks, a)
		case a.Hook.Again == phase:
			hooks = append(hooks, a.Repeated())
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
		if a.Hook.Again == "" {
			r.set(a, func(o *outcome) { o.status = removed })
		}
	}
	return true
}
