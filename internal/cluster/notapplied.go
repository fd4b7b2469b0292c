package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// undone is what the inventory says after the run of what was not done to objects: by this run, and by earlier ones to what this
// one was not about.
func (r *run) undone() []inventory.Undone {
	r.lock.Lock()
	defer r.lock.Unlock()
	var list []inventory.Undone
	for _, u := range r.plan.Inventory.Undone {
		if _, planned := r.outcomes[u.ID]; !planned && !r.plan.Selects(u.Release, u.Runlevel) {
			list = append(list, u)
		}
	}
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		if why := r.outcomes[a.ID].undone(); why != "" && a.Record == nil && len(list) < inventory.MaxUndone {
			list = append(list, inventory.Undone{ID: a.ID, Release: a.Release, Runlevel: a.Runlevel, Reason: why})
		}
	}
	slices.SortFunc(list, func(a, b inventory.Undone) int { return a.Compare(b.ID) })
	return list
}

// undone says what was not done to the object and why, in words that hold nothing of what the server answered: that may quote secrets,
// and whoever reads the inventory has no keys to hide them. It is empty where everything was done.
func (o *outcome) undone() string {
	if !o.action.Op.Writes() || o.status == applied || o.status == removed {
		return ""
	}
	what := fmt.Sprintf("the last run did not %s it", o.action.Op)
	if o.action.Hook != nil {
		what = "the last run did not run this hook"
	}
	var conflict *conflictError
	switch {
	case o.err == nil && o.action.Op == plan.Prune:
		return what + ": nothing is deleted until all else is as it should be"
	case o.err == nil:
		return what + ": it ended before"
	case o.status == skipped:
		return what + ": " + o.err.Error()
	case errors.As(o.err, &conflict):
		return what + ": other managers own fields of it"
	}
	if answer := apierrors.ReasonForError(o.err); answer != "" {
		return fmt.Sprintf("%s: the server answered %s", what, answer)
	}
	return what + ": it failed"
}

// withUndone adds to the status of objects what the last runs did not do to them; what was never made is in no other list.
func withUndone(inv *inventory.Inventory, all []ObjectStatus) []ObjectStatus {
	at := map[object.ID]int{}
	for i, o := range all {
		at[o.ID] = i
	}
	for _, u := range inv.Undone {
		i, there := at[u.ID]
		if !there {
			all = append(all, ObjectStatus{ID: u.ID, Release: u.Release, Runlevel: u.Runlevel, State: ready.NotApplied, Reason: u.Reason})
			continue
		}
		o := &all[i]
		if e, _ := inv.Find(u.ID); o.State == ready.Ready || e.UID == "" && o.State == ready.Missing {
			o.State, o.Reason = ready.NotApplied, u.Reason
			continue
		}
		o.Reason = strings.TrimPrefix(o.Reason+"; "+u.Reason, "; ")
	}
	return all
}
