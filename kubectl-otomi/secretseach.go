package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// eachFile does something with files of the values repo; one that fails does not keep it from the next.
func (a *app) eachFile(ctx context.Context, args []string, do func(context.Context, *repoFiles, string) error) error {
	f, err := a.repoFiles()
	if err != nil {
		return err
	}
	defer f.root.Close() //nolint:errcheck // it was only looked into
	var names []string
	for _, arg := range args {
		name, err := f.name(arg)
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	return a.eachName(ctx, f, names, do)
}

// eachName begins with no further file once the command is to end.
func (a *app) eachName(ctx context.Context, f *repoFiles, names []string, do func(context.Context, *repoFiles, string) error) error {
	var all diag.Findings
	var seen reported
	var usage usageError
	for _, name := range names {
		if ctx.Err() != nil {
			return errors.Join(all.Err(), ctx.Err())
		}
		switch err := do(ctx, f, name); {
		case errors.As(err, &seen), errors.As(err, &usage):
			return err // of edit, which takes one file
		case err != nil && ctx.Err() != nil:
			return errors.Join(all.Err(), ctx.Err())
		case err != nil:
			all = append(all, asFindings(name, err)...)
		}
	}
	return all.Err()
}

// eachEncrypted does something with every encrypted file of the values repo.
func (a *app) eachEncrypted(ctx context.Context, do func(context.Context, *repoFiles, string) error) error {
	f, err := a.repoFiles()
	if err != nil {
		return err
	}
	defer f.root.Close() //nolint:errcheck // it was only looked into
	names, findings := f.encrypted()
	if len(names) == 0 && !findings.Failed() {
		_, err := fmt.Fprintln(a.Out, "no file is encrypted")
		return err
	}
	if err := a.eachName(ctx, f, names, do); ctx.Err() != nil {
		return errors.Join(findings.Err(), err)
	} else if err != nil {
		findings = append(findings, asFindings("", err)...)
	}
	return findings.Err()
}

// until does what cannot be stopped, for neither SOPS nor the keys of clouds know of a context, and waits for it only as long as
// the command is to go on. What it leaves behind has written nothing and ends with the process.
func until(ctx context.Context, do func() ([]byte, error)) ([]byte, error) {
	type result struct {
		out []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		out, err := do()
		done <- result{out, err}
	}()
	select {
	case r := <-done:
		return r.out, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
