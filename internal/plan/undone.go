package plan

import (
	"cmp"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// undone says that a rollback came before the run, which the values repo may know nothing of: what it took away comes back.
func (m *maker) undone() {
	rollback, found := lastRollback(m.plan.Inventory.Runs)
	if !found || m.in.Restores > 0 || m.in.Options.Destroy || len(m.plan.Changes()) == 0 {
		return
	}
	revision := ""
	if r := rollback.Revision; r != "" {
		revision = " (revision " + r[:min(len(r), 12)] + ")"
	}
	m.plan.Findings = append(m.plan.Findings, diag.Warningf("rollback-undone", diag.Position{},
		"run %d was a rollback to run %d%s by %s on %s; this run brings back what it took away", rollback.Number, rollback.Restored, revision,
		rollback.Who, cmp.Or(rollback.Finished, rollback.Started).UTC().Format(time.DateTime)).
		WithHint("nothing comes back that is reverted in the values repo, too; the plan lists what changes"))
}

// lastRollback is a rollback that no run has yet gone forward from with the whole set.
func lastRollback(runs []inventory.Run) (inventory.Run, bool) {
	for i := len(runs) - 1; i >= 0; i-- {
		switch r := runs[i]; {
		case r.Restored > 0:
			return r, true
		case r.State == inventory.Ready && !r.Narrowed:
			return inventory.Run{}, false
		}
	}
	return inventory.Run{}, false
}
