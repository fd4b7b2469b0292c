package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// valuesFile reads a file of --values. The error is that of an interruption.
func (a *app) valuesFile(name string) (values.Layer, diag.Findings, error) {
	text, known := a.piped[name]
	if !known {
		var err error
		if text, err = a.readValues(name); errors.Is(err, context.Canceled) {
			return values.Layer{}, nil, err
		} else if err != nil {
			return values.Layer{File: &source.File{Name: name}}, unusable("read-layer", name, cause(err)), nil
		}
		if stream(name) {
			a.piped[name] = text
		}
	}
	layer, findings := values.File(name, text)
	return layer, findings, nil
}

// readValues reads a file, or what the shell or another program hands over as a stream. It waits no longer than the user does.
func (a *app) readValues(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := ordinary(info); err != nil && !stream(name) {
		return nil, err
	}
	type result struct {
		text []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := readLimited(name)
		read <- result{text, err}
	}()
	select {
	case r := <-read:
		return r.text, r.err
	case <-a.interrupted:
		return nil, context.Canceled
	}
}

// readLimited reads no more than a layer may have, and a byte, which is enough for the parser to refuse it.
func readLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return io.ReadAll(io.LimitReader(f, source.MaxBytes+1))
}

// stream reports whether a name is that of something already open: standard input, or what a shell makes of <(…).
func stream(name string) bool {
	name = filepath.Clean(name)
	return name == "/dev/stdin" || name == os.DevNull || slices.Contains([]string{"/dev/fd", "/proc/self/fd"}, filepath.Dir(name))
}
