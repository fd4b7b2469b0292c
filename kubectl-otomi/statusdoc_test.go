package main

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// TestStatusOfAFailedRun: what a run could not apply is in no list of objects, and is told all the same.
func TestStatusOfAFailedRun(t *testing.T) {
	inv := inventory.New(inventory.Ref{Namespace: "x", Name: "y"}, inventory.Cluster{})
	inv.State = inventory.Failed
	inv.AddRun(inventory.Run{State: inventory.Failed, Counts: map[string]int{"created": 2, "failed": 1, "skipped": 1}})
	s := describeSet(inv, nil, nil)
	if s.undone() != 2 || !strings.Contains(strings.Join(s.lines(), "\n"), "run 1 did not apply 2 objects") {
		t.Errorf("%d undone, and it says\n%s", s.undone(), strings.Join(s.lines(), "\n"))
	}
	inv.State = inventory.Destroying
	if text := strings.Join(describeSet(inv, nil, nil).lines(), "\n"); strings.Contains(text, "apply") || !strings.Contains(text, "run 1 did not delete 2 objects") {
		t.Errorf("after a failed destroy it says\n%s", text)
	}
	inv.AddRun(inventory.Run{State: inventory.Ready, Counts: map[string]int{"unchanged": 4}})
	if s = describeSet(inv, nil, nil); s.undone() != 0 {
		t.Errorf("after a run that applied everything %d are undone", s.undone())
	}
}
