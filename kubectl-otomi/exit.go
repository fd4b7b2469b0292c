package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// The exit codes of every command; diff has its own meaning for 1.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotReady    = 3
	exitConflict    = 4
	exitLocked      = 5
	exitRefused     = 6
	exitInterrupted = 130
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// reported is an error whose text the user has seen.
type reported struct{ error }

// Unwrap makes errors.Is and errors.As find what it is.
func (e reported) Unwrap() error { return e.error }

// exitCode is an error that asks for an exit code and says nothing.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exit prints what went wrong and says which exit code it is worth.
func (a *app) exit(ctx context.Context, cmd *cobra.Command, err error) int {
	if err == nil {
		return exitOK
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	a.complain(ctx, err)
	n := a.code(ctx, err)
	if n == exitUsage && !errors.As(err, new(reported)) {
		fmt.Fprintf(a.ErrOut, "see '%s --help'\n", cmd.CommandPath())
	}
	if cmd.Name() == "diff" && n == exitFailed {
		return exitUsage // kubectl diff's convention: 1 means differences
	}
	return n
}

// complain prints what went wrong, each part of it once.
func (a *app) complain(ctx context.Context, err error) {
	var findings diag.Findings
	var seen reported
	var several interface{ Unwrap() []error }
	switch {
	case errors.As(err, &seen):
	case errors.As(err, &several):
		for _, err := range several.Unwrap() {
			a.complain(ctx, err)
		}
	case errors.As(err, &findings):
		a.report(findings)
	case err == ctx.Err(): //nolint:errorlint // alone it says nothing; wrapped it says at what
		fmt.Fprintln(a.ErrOut, "error: interrupted")
	default:
		fmt.Fprintf(a.ErrOut, "error: %s\n", diag.Printable(err.Error()))
		if advice := cmp.Or(barred(err), cluster.LacksRight(err)); advice != "" {
			fmt.Fprintln(a.ErrOut, advice)
		}
	}
}

// code is the exit code that an error is worth.
func (a *app) code(ctx context.Context, err error) int {
	var usage usageError
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		return exitUsage
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, plan.ErrRefused), errors.As(err, new(*inventory.NewerError)):
		return exitRefused
	case errors.Is(err, plan.ErrConflict):
		return exitConflict
	case errors.Is(err, cluster.ErrLocked) && !unauthorized(err):
		return exitLocked
	case errors.Is(err, cluster.ErrNotReady):
		return exitNotReady
	default:
		return exitFailed
	}
}

// unauthorized reports a lock that was lost because the credentials are not accepted any more: nobody else holds it.
func unauthorized(err error) bool {
	var lock *cluster.LockedError
	return errors.As(err, &lock) && apierrors.IsUnauthorized(lock.Cause)
}

// noArgs refuses what is neither a flag nor a command.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return usagef("%s takes no arguments, not %q", cmd.CommandPath(), args[0])
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	hint := diag.DidYouMean(args[0], names)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return usagef("%s has no command %q%s", cmd.CommandPath(), args[0], hint)
}
