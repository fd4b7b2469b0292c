package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

func (a *app) destroyCmd() *cobra.Command {
	var run runFlags
	var ref string
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Delete everything that was applied",
		Long: `Delete everything that was applied, in reverse order: what the inventory lists, carries the set's label and still has the uid that
was recorded. What others made is left alone. The namespace of the inventory stays.`,
		Example: `  # What would be deleted?
  kubectl otomi destroy --cluster dev --dry-run=client

  # Delete it
  kubectl otomi destroy --cluster dev`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.destroy(cmd, ref, run)
		},
	}
	run.add(cmd.Flags())
	a.side(cmd.Flags())
	cmd.Flags().StringVar(&run.dryRun, "dry-run", "none", "stop after the plan: client")
	cmd.Flags().StringVar(&ref, "inventory", "", "the set, `[NAMESPACE/]NAME`, where there is no otomi.yaml")
	return cmd
}

func (a *app) destroy(cmd *cobra.Command, ref string, run runFlags) error {
	if err := a.oneOf("text", "json", "jsonl"); err != nil {
		return err
	}
	if run.dryRun != "none" && run.dryRun != "client" {
		return usagef("--dry-run: want none or client, not %q", run.dryRun)
	}
	if err := a.checkParallel(run); err != nil {
		return err
	}
	return a.eachSet(cmd, ref, func(ctx context.Context, a *app, s *session) error { return a.destroyOne(ctx, s, run) })
}

func (a *app) destroyOne(ctx context.Context, s *session, run runFlags) error {
	if s.inventory == nil {
		fmt.Fprintf(a.ErrOut, "nothing was applied as %s\n", s.ref)
		return nil
	}
	var lock *cluster.Lock
	if run.dryRun == "none" {
		var err error
		if lock, err = a.lock(ctx, s, run.lockTimeout); err != nil {
			return err
		}
		defer release(ctx, lock)
	}
	p, err := a.destroyPlan(ctx, s)
	if p == nil || err != nil {
		return err
	}
	a.stream.plan(p.plan)
	if run.dryRun != "none" {
		if a.stream != nil {
			return nil
		}
		return a.printPlan(a.Out, p.plan)
	}
	if err := a.confirm(ctx, p, run.yes); err != nil {
		return err
	}
	return a.carryOut(ctx, p, lock, false, run)
}

// destroyPlan plans to delete a set; nil where there is none.
func (a *app) destroyPlan(ctx context.Context, s *session) (*planned, error) {
	inv := s.inventory
	if inv == nil {
		return nil, nil // another run has just destroyed it
	}
	observed, _, err := s.client.Observe(ctx, cluster.Question{Ref: s.ref, Inventory: inv, Identity: s.identity})
	if err != nil {
		return nil, err
	}
	in := plan.Input{
		Ref: s.ref, Inventory: inv, Observed: observed, Versions: inv.Versions,
		Cluster: s.declaredCluster(),
		Options: plan.Options{Destroy: true, Approvals: s.allowed, Now: time.Now()},
	}
	p := a.planOf(s, &desired{versions: inv.Versions})
	p.plan, err = plan.Make(in)
	if p.plan != nil {
		a.report(p.plan.Findings)
	}
	return p, err
}
