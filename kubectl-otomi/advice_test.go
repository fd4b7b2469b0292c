package main

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// TestBarred: where a file may not be written, errors and findings say what to do, whatever wraps the cause.
func TestBarred(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("write a: %w", cause(&fs.PathError{Op: "open", Path: "a", Err: syscall.EACCES})), "you lack the permission: "},
		{fmt.Errorf("write a: %w", cause(&fs.PathError{Op: "open", Path: "a", Err: syscall.EROFS})), "the file system is read-only: "},
		{syscall.ENOSPC, ""},
	} {
		if got := barred(c.err); !strings.HasPrefix(got, c.want) || got != asFindings("a", c.err)[0].Hint || (got == "") != (c.want == "") {
			t.Errorf("barred(%v) = %q, of a finding %q, want %q", c.err, got, asFindings("a", c.err)[0].Hint, c.want)
		}
	}
}
