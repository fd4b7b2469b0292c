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

// TestStoredHooksArePlaces: where a hook comes from and when it runs is no secret.
func TestStoredHooksArePlaces(t *testing.T) {
	a := &app{hidden: &hidden{}}
	a.hideHooks(&inventory.Inventory{Entries: []inventory.Entry{
		{Manifest: `{"kind":"Job","metadata":{"name":"last","annotations":{"otomi.io/source":"hk/templates/hook.yaml","helm.sh/hook":"pre-delete","otomi.io/paused":"mind pa55word"}}}`},
	}})
	const public = "charts/hk/templates/hook.yaml:6: runs at pre-delete"
	if said := a.hidden.now().Text(public + ", mind pa55word"); !strings.HasPrefix(said, public) || strings.Contains(said, "pa55word") {
		t.Errorf("said %s", said)
	}
}
