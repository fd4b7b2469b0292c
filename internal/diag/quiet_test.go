package diag_test

import (
	"strings"
	"testing"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// TestQuiet prints findings on a line that must not be shown.
func TestQuiet(t *testing.T) {
	text := diag.Text{Source: func(string) []byte { return []byte("password: hunter22\n") }}
	f := diag.Errorf("rule", diag.Position{File: "a.yaml", Line: 1, Col: 11}, "message")
	for _, quiet := range []bool{false, true} {
		f.Quiet = quiet
		var b strings.Builder
		if err := text.Print(&b, diag.Findings{f}); err != nil {
			t.Fatal(err)
		}
		if shown := strings.Contains(b.String(), "hunter22"); shown == quiet {
			t.Errorf("Print with Quiet %v = %s", quiet, b.String())
		}
	}
}
