package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// TestWhatOthersWrote: whoever may write a Lease or an annotation does not thereby control the terminal of who reads of it.
func TestWhatOthersWrote(t *testing.T) {
	const evil = "\x1b[2Jann\x9b@laptop"
	var stderr bytes.Buffer
	a := &app{}
	a.ErrOut = &stderr
	a.lockOptions(runFlags{}).Waiting(&cluster.LockedError{Holder: evil})
	tellRest(&stderr, &plan.Plan{Destroy: true, Actions: []plan.Action{
		{Op: plan.Keep, ID: object.ID{Kind: "ConfigMap", Name: "c"}, Live: &plan.Meta{}, Reason: "paused: " + evil},
	}})
	if said := stderr.String(); strings.ContainsAny(said, "\x1b\u009b") || strings.Count(said, "ann") != 2 {
		t.Errorf("said to a terminal: %q", said)
	}
}
