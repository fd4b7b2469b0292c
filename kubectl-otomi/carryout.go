package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// gone is the state of a set that was destroyed.
const gone inventory.State = "Gone"

// carryOut applies the plan and tells how it goes.
func (a *app) carryOut(ctx context.Context, p *planned, lock *cluster.Lock, force bool, run runFlags) error {
	shown, objects := a.progress(p.plan, time.Now()), newResults(p.plan)
	stop := shown.start(a.heartbeat)
	notice := context.AfterFunc(ctx, func() {
		shown.say("interrupted: nothing new is begun; what is under way ends within 10s, or 25s where the server does not answer (interrupt again to end at once)")
	})
	result, err := p.client.Apply(ctx, p.plan, cluster.ApplyOptions{
		Lock: lock, Run: p.run, Gate: cluster.Gate(run.gate), Force: force, FailFast: run.failFast, Timeout: run.timeout,
		History: p.keeps(), Hides: a.hidden.in,
	}, func(e cluster.Event) {
		a.stream.tell(e)
		objects.note(e)
		shown.event(e)
	})
	notice()
	stop()
	if lost := (*cluster.LockedError)(nil); errors.As(err, &lost) && lost.Lost {
		a.stream.send(event{Type: lockEvent, Status: "lost", Holder: lost.Holder, Reason: lost.Error()})
	}
	if result != nil {
		if p.plan.Destroy && result.Inventory == nil && err == nil {
			result.State = gone
		}
		a.stream.ended(result)
		if printed := a.printResult(p.plan, result, objects); printed != nil && !errors.Is(printed, syscall.EPIPE) {
			return printed
		}
	}
	if err == nil && result.Superseded != "" {
		fmt.Fprintf(a.ErrOut, "superseded: everything was sent, and %s goes on from here\n", diag.Printable(result.Superseded))
		a.stream.send(event{Type: lockEvent, Status: "superseded", Holder: result.Superseded})
		if run.failSuperseded {
			return exitCode(exitNotReady)
		}
	}
	if ctx.Err() != nil && err != nil {
		with := ""
		if a.piping {
			with = " with the same input"
		}
		fmt.Fprintf(a.ErrOut, "interrupted; this goes on where it stopped%s:\n  %s\n", with, a.what())
	}
	return err
}
