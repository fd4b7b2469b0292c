package main

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// TestStoredHooksAreHidden: there are no keys when a set is destroyed, and what the server says of a hook may quote it.
func TestStoredHooksAreHidden(t *testing.T) {
	a := &app{hidden: &hidden{}}
	a.hideHooks(&inventory.Inventory{Entries: []inventory.Entry{
		{Manifest: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"bye","annotations":{"note":"annotated-s3cret"}},"stringData":{"p":"pa55"}}`},
		{Manifest: `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"last"},"spec":{"env":[{"name":"P","value":"s3cret-of-env"}]}}`},
	}})
	said := a.hidden.now().Text("Job last: Invalid value: s3cret-of-env, pa55, annotated-s3cret")
	if !strings.HasPrefix(said, "Job last: Invalid value: ") || strings.Contains(said, "s3cret") || strings.Contains(said, "pa55") {
		t.Errorf("said %s", said)
	}
}
