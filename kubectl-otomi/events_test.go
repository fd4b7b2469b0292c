package main

import (
	"errors"
	"strings"
	"testing"
)

// TestSummaryError: the last line has the error that the user was told, and none where only the exit code says something.
func TestSummaryError(t *testing.T) {
	for want, err := range map[string]error{`"error":"it broke"`: errors.New("it broke"), "": exitCode(exitNotReady)} {
		var b strings.Builder
		newStream(&b, "").sum(exitNotReady, err)
		if said := b.String(); !strings.Contains(said, want) || strings.Contains(said, "error") != (want != "") {
			t.Errorf("summary of %v = %s", err, said)
		}
	}
}
