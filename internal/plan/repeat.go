package plan

import "slices"

// in decides when a hook runs, of the phases that an event has for it.
func (h *Hook) in(phases []Phase) {
	h.Phase = phases[0]
	if len(phases) > 1 {
		h.Again = phases[1]
	}
}

// Repeats reports the second time that a hook runs.
func (h *Hook) Repeats() bool { return h.repeats }

// Repeated is the action of a hook that runs once more, for that.
func (a *Action) Repeated() *Action {
	again, hook := *a, *a.Hook
	hook.Phase, hook.Again, hook.repeats = a.Hook.Again, "", true
	again.Hook = &hook
	return &again
}

// Remake decides how the object of a hook that runs once more is made; live is what the first time left of it, nil: nothing.
func (a *Action) Remake(live *Meta) {
	switch a.Live = live; {
	case live == nil:
		a.Op, a.Object = Create, a.Whole
	case a.Spared(live) != "":
		a.Op = Update
	default:
		a.replace()
	}
}

// replace decides whether the object that a hook left goes before the hook runs.
func (a *Action) replace() {
	if slices.Contains(a.Hook.delete, "before-hook-creation") || a.ID.Kind == "Job" || a.ID.Kind == "Pod" {
		a.Anew(a.Reason)
		return
	}
	a.Op = Update
}

// begun reports a release whose deletion has begun: but for definitions, which go last, and its hooks nothing of it is left.
func (m *maker) begun(release string) bool {
	return !slices.ContainsFunc(m.plan.Actions, func(a Action) bool {
		return a.Release == release && a.Op == Prune && a.Hook == nil && !m.former(a) && DeleteRank(a.ID) == 0
	})
}
