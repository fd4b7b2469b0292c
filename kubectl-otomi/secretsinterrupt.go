package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// interrupts are the signals that reach a command while plain text is on its way. A terminal sends Ctrl-C and Ctrl-\ to the
// editor too, which may have a use for them: while it runs they are the editor's, as with git. The other signals end both.
type interrupts struct {
	context.Context
	end     context.CancelFunc
	editing atomic.Bool
}

// newInterrupts catches the signals until stop is called: no signal ends the process without taking plain text away. SIGPIPE is
// caught so that a message that nobody reads does not end it either.
func newInterrupts(parent context.Context) (in *interrupts, stop func()) {
	// Not the parent's end: main takes every Ctrl-C for one of the command's.
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	in = &interrupts{Context: ctx, end: cancel}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGABRT, syscall.SIGPIPE)
	go func() {
		for s := range signals {
			if s != syscall.SIGPIPE && (!in.editing.Load() || !fromTerminal(s)) {
				cancel()
			}
		}
	}()
	return in, func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
}

// edit runs the editor. A key that it took may reach us a moment after its end.
func (in *interrupts) edit(run func() error) error {
	in.editing.Store(true)
	err := run()
	time.Sleep(100 * time.Millisecond)
	in.editing.Store(false)
	return err
}

// fromTerminal are the signals that keys send.
func fromTerminal(s os.Signal) bool { return s == os.Interrupt || s == syscall.SIGQUIT }

// interrupted reports whether one of them ended the editor.
func interrupted(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && fromTerminal(status.Signal())
}
