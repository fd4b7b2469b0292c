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

// undone is what the inventory says after the run of what was not done to objects: by this run, which has the number, and by
// earlier ones to what this one was not about.
func (r *run) undone(number int64) []inventory.Undone {
	return r.remaining(func(o *outcome) inventory.Undone { return inventory.Undone{Reason: o.undone(), Run: number} })
}

// owed is what the inventory says of that before the run begins, and for good if it is killed: what it is to do and may not come to.
// What it is to create is Missing until it has.
func (r *run) owed(number int64) []inventory.Undone {
	return r.remaining(func(o *outcome) inventory.Undone {
		a := o.action
		if !a.Op.Writes() || a.Op == plan.Create {
			return inventory.Undone{}
		}
		u := inventory.Undone{Reason: fmt.Sprintf("did not come to %s it yet", a.Op), Run: number, Op: string(a.Op)}
		if a.Hook != nil {
			u.Reason = "did not come to run this hook yet"
		}
		if a.Live != nil {
			u.Since = plan.Written(a.Live.Managers)
		}
		return u
	})
}

// remaining lists what is left to do: by earlier runs, and by this one as the function tells of each object; without a reason nothing
// is.
func (r *run) remaining(tell func(*outcome) inventory.Undone) []inventory.Undone {
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
		if u := tell(r.outcomes[a.ID]); u.Reason != "" && a.Record == nil && len(list) < inventory.MaxUndone {
			u.ID, u.Release, u.Runlevel = a.ID, a.Release, a.Runlevel
			list = append(list, u)
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
	what := fmt.Sprintf("did not %s it", o.action.Op)
	switch {
	case o.action.Hook == nil:
	case o.repeated || o.done:
		what = "did not run this hook for the second time"
	default:
		what = "did not run this hook"
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

// withUndone adds to the status of objects what the last runs did not do to them; what was never made is in no other list. A run that was
// killed, or goes on, has done what the cluster shows.
func withUndone(inv *inventory.Inventory, all []ObjectStatus) []ObjectStatus {
	at := map[object.ID]int{}
	for i, o := range all {
		at[o.ID] = i
	}
	last, _ := inv.LastRun()
	gone := map[object.ID]bool{}
	for _, u := range inv.Undone {
		i, there := at[u.ID]
		if !there {
			all = append(all, ObjectStatus{ID: u.ID, Release: u.Release, Runlevel: u.Runlevel, State: ready.NotApplied, Reason: u.Told(last.Number)})
			continue
		}
		o := &all[i]
		e, _ := inv.Find(u.ID)
		switch {
		case u.Op == string(plan.Prune) && o.State == ready.Missing:
			gone[u.ID] = true
		case u.Op != "" && o.written.After(u.Since):
			o.Drift = nil // the entry is of before that
		case o.State == ready.Ready || e.UID == "" && o.State == ready.Missing:
			o.State, o.Reason = ready.NotApplied, u.Told(last.Number)
		default:
			o.Reason = strings.TrimPrefix(o.Reason+"; "+u.Told(last.Number), "; ")
		}
	}
	return slices.DeleteFunc(all, func(o ObjectStatus) bool { return gone[o.ID] })
}
