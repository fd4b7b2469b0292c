package inventory

import (
	"testing"
	"time"
)

// TestKilledRun: a run that never ended keeps its number, and the next one says what became of it.
func TestKilledRun(t *testing.T) {
	inv := New(Ref{Namespace: "a", Name: "b"}, Cluster{})
	inv.AddRun(Run{Who: "ann", State: Applying})
	inv.EndRun(Run{Who: "ann", State: Ready})
	inv.AddRun(Run{Who: "bob", State: Applying})
	inv.AddRun(Run{Who: "cid", State: Applying})
	if n := len(inv.Runs); n != 3 {
		t.Fatalf("%d runs, want 3", n)
	}
	for i, want := range []State{Ready, Interrupted, Applying} {
		if r := inv.Runs[i]; r.State != want || r.Number != int64(i+1) || (r.Unstored != "") != (want == Interrupted) {
			t.Errorf("run %d = %+v, want state %s", i+1, r, want)
		}
	}
	kept := New(Ref{Namespace: "a", Name: "b"}, Cluster{})
	kept.AddRun(Run{State: Destroying})
	kept.EndRun(Run{State: Destroying, Finished: time.Unix(1, 0)})
	kept.AddRun(Run{State: Destroying})
	if r := kept.Runs[0]; r.State != Destroying || r.UnderWay() || !kept.Runs[1].UnderWay() {
		t.Errorf("a destroy that a rule ended early is %+v, want it ended", r)
	}
	before := inv.Clone()
	before.Abandon()
	if inv.Runs[2].State != Applying || before.Runs[2].State != Interrupted {
		t.Error("Abandon changes the inventory it was cloned from, or not its own")
	}
}
