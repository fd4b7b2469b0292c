package main

import (
	"bytes"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// TestEdge: what a run has learned is a secret is on neither stream from then on, however often it learns more.
func TestEdge(t *testing.T) {
	var out, errOut bytes.Buffer
	a := &app{hidden: &hidden{}, IOStreams: genericiooptions.IOStreams{Out: &out, ErrOut: &errOut}}
	a.edges()
	write := func(text string) {
		for _, w := range []interface{ Write([]byte) (int, error) }{a.Out, a.ErrOut} {
			if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("Write(%q) = %d, %v", text, n, err)
			}
		}
	}
	write("hunter2\n")
	a.hidden.add([]string{"hunter2"}, nil)
	write("hunter2 s3cr3t-t00\n")
	a.hidden.add([]string{"s3cr3t-t00", "hunter2"}, nil)
	a.output = "json"
	write(`{"hunter2": "hunter2 s3cr3t-t00"}` + "\n")
	if got, want := out.String(), "hunter2\n<redacted> s3cr3t-t00\n{\"hunter2\": \"<redacted> <redacted>\"}\n"; got != want {
		t.Errorf("Out = %q, want %q", got, want)
	}
	if got, want := errOut.String(), "hunter2\n<redacted> s3cr3t-t00\n{\"<redacted>\": \"<redacted> <redacted>\"}\n"; got != want {
		t.Errorf("ErrOut = %q, want %q", got, want)
	}
}

// TestWhat: the command that the inventory remembers names flags, not what may be secret in them.
func TestWhat(t *testing.T) {
	a := &app{args: []string{"apply", "--set", "a=hunter2", "--set=b=hunter2", "--token", "hunter2", "--token=hunter2", "--cluster", "dev"}}
	if got, want := a.what(), "kubectl otomi apply --set … --set=… --token … --token=… --cluster dev"; got != want {
		t.Errorf("what = %s, want %s", got, want)
	}
}
