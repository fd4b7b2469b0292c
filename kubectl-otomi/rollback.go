package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
)

// rollbackFlags are where a rollback goes and how.
type rollbackFlags struct {
	ref      string
	releases []string
	allow    planFlags
	run      runFlags
}

func (a *app) rollbackCmd() *cobra.Command {
	var f rollbackFlags
	cmd := &cobra.Command{
		Use:   "rollback [RUN]",
		Short: "Apply the objects of an earlier run again",
		Long: `Apply the objects of an earlier run again, as the inventory in the cluster has them: without the values repo and without keys.
Without RUN it goes back to the last run before the current one that ended Ready; 'kubectl otomi history' lists the runs.

It is an apply like any other: it makes a plan, has the server try it out, asks, takes the lock, prunes, and is written down as a
run of its own. Passwords and certificates that charts made become what they were in that run. Jobs of tasks run again where they
differ, and those that run at every apply do.

The values repo stays as it is: revert the change there too. The next apply says what it brings back otherwise.`,
		Example: `  # Undo the last apply
  kubectl otomi rollback --cluster dev

  # Look first, then go back to run 12, but with one release only
  kubectl otomi history --cluster dev
  kubectl otomi rollback 12 --release web --cluster dev --dry-run=server
  kubectl otomi rollback 12 --release web --cluster dev

  # Where there is no otomi.yaml
  kubectl otomi rollback 12 --inventory web/web --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("rollback takes one RUN, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.rollback(cmd, f, args) },
	}
	flags := cmd.Flags()
	f.run.add(flags)
	a.side(flags)
	flags.StringVar(&f.run.dryRun, "dry-run", "none", "stop after the plan: client, or server to try it out there")
	flags.StringVar(&f.run.gate, "gate", string(cluster.GateChanged), "what a runlevel waits for: changed, all or none")
	flags.StringArrayVar(&f.releases, "release", nil, "only the release `NAME`; repeatable")
	flags.StringVar(&f.ref, "inventory", "", "the set, `[NAMESPACE/]NAME`, where there is no otomi.yaml")
	f.allow.going(flags)
	return cmd
}

func (a *app) rollback(cmd *cobra.Command, f rollbackFlags, args []string) error {
	if err := a.checkApply(f.run); err != nil {
		return err
	}
	if err := a.checkParallel(f.run); err != nil {
		return err
	}
	options, err := f.allow.options(time.Now())
	if err != nil {
		return err
	}
	options.AllowDowngrade = true // it is what is asked for
	var number int64
	if len(args) == 1 {
		if number, err = strconv.ParseInt(args[0], 10, 64); err != nil || number < 1 {
			return usagef("rollback: want the number of a run, not %q; 'kubectl otomi history' lists them", args[0])
		}
	}
	return a.eachSet(cmd, f.ref, func(ctx context.Context, a *app, s *session) error {
		run, err := target(s, number, len(f.releases) > 0)
		if err != nil {
			return err
		}
		d, err := a.restored(ctx, s, run.Number, f.releases)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.ErrOut, "going back to run %d of %s, by %s, revision %s\n", run.Number, run.Started.UTC().Format(time.DateTime+"Z"), diag.Printable(run.Who), revisionOf(run))
		p := a.planOf(s, d)
		p.recreate = f.allow.recreate
		return a.bring(ctx, p, selection{names: f.releases}, options, f.run)
	})
}

// target is the run to go back to: the one of that number, or with 0 the last before the current one that ended Ready. For a part
// of the set it is enough that some of it is stored.
func target(s *session, number int64, part bool) (inventory.Run, error) {
	inv := s.inventory
	if inv == nil {
		return inventory.Run{}, nothingApplied(s.ref)
	}
	for i := len(inv.Runs) - 1; i >= 0; i-- {
		r := inv.Runs[i]
		if number > 0 && r.Number != number || number == 0 && (i == len(inv.Runs)-1 || r.State != inventory.Ready) {
			continue
		}
		if _, stored := inv.Stored.Find(r.Number); part && stored {
			return r, nil
		}
		if possible, why := inv.Restorable(r); !possible {
			return r, fmt.Errorf("roll back %s to run %d: %s\n%s", s.ref, r.Number, why, choices(inv))
		}
		return r, nil
	}
	if number > 0 {
		return inventory.Run{}, usagef("roll back %s: the history has no run %d\n%s", s.ref, number, choices(inv))
	}
	return inventory.Run{}, fmt.Errorf("roll back %s: no run before the current one ended Ready\n%s", s.ref, choices(inv))
}

// choices says which runs can be gone back to.
func choices(inv *inventory.Inventory) string {
	var runs []string
	for _, r := range inv.Runs {
		if possible, _ := inv.Restorable(r); possible {
			runs = append(runs, fmt.Sprint(r.Number))
		}
	}
	if len(runs) == 0 {
		return "no run can be rolled back to; 'kubectl otomi history' says why"
	}
	return "runs that can be rolled back to: " + strings.Join(runs, ", ") + "; 'kubectl otomi history' lists them"
}
