package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// TestUndone: whoever applies after a rollback is told, until the whole set was applied again.
func TestUndone(t *testing.T) {
	rollback := inventory.Run{Number: 7, Restored: 3, Revision: "0123456789abcdef", Who: "me@here", State: inventory.Ready, Finished: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)}
	ready := inventory.Run{State: inventory.Ready}
	for name, c := range map[string]struct {
		runs     []inventory.Run
		restores int64
		want     bool
	}{
		"right after it":             {runs: []inventory.Run{ready, rollback}, want: true},
		"after a failed run":         {runs: []inventory.Run{rollback, {State: inventory.Failed}}, want: true},
		"after a narrowed run":       {runs: []inventory.Run{rollback, {State: inventory.Ready, Narrowed: true}}, want: true},
		"after a run of the whole":   {runs: []inventory.Run{rollback, ready}},
		"another rollback":           {runs: []inventory.Run{rollback}, restores: 2},
		"there never was a rollback": {runs: []inventory.Run{ready}},
	} {
		t.Run(name, func(t *testing.T) {
			inv := inventory.New(inventory.Ref{Namespace: "otomi-system", Name: "acme"}, inventory.Cluster{})
			inv.Runs = c.runs
			desired, findings := object.Parse("x.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: n}\n"))
			if err := findings.Err(); err != nil {
				t.Fatal(err)
			}
			p, err := Make(Input{Ref: inv.Ref, Inventory: inv, Desired: desired, Restores: c.restores})
			if err != nil {
				t.Fatal(err)
			}
			told := false
			for _, f := range p.Findings {
				told = told || f.Rule == "rollback-undone" && strings.Contains(f.Message, "run 7 was a rollback to run 3 (revision 0123456789ab) by me@here on 2026-09-01 12:00:00")
			}
			if told != c.want {
				t.Errorf("findings = %v; want the rollback told = %v", p.Findings, c.want)
			}
		})
	}
}
