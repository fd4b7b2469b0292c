package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// destroyFlags are how a set is destroyed.
type destroyFlags struct {
	run             runFlags
	delete          deleteFlags
	ref             string
	removeNamespace bool
}

func (a *app) destroyCmd() *cobra.Command {
	var f destroyFlags
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Delete everything that was applied",
		Long: `Delete everything that was applied, in reverse order: what the inventory lists, carries the set's label and still has the uid that
was recorded. What others made is left alone. What is protected or paused stays, and the inventory with it: the exit code is 6, and
the same command deletes the rest once that is off.

What does not go is named with its finalizers, whose they are and what to do; the exit code is 3. A destroy that was interrupted or
killed goes on where it stopped.

The namespace otomi-system stays as long as it holds anything. With the last inventory, destroy asks on a terminal whether to delete
it; elsewhere it does with --remove-namespace.`,
		Example: `  # What would be deleted?
  kubectl otomi destroy --cluster dev --dry-run=client

  # Would the server let all of it go? Delete volumes too
  kubectl otomi destroy --cluster dev --dry-run=server --prune-data

  # Delete it
  kubectl otomi destroy --cluster dev

  # Agree to a plan now, carry out this one and no other later
  kubectl otomi destroy --cluster dev --plan-out plan.yaml
  kubectl otomi destroy --cluster dev --plan plan.yaml

  # In a pipeline, and leave nothing behind
  kubectl otomi destroy --cluster dev --yes --remove-namespace --timeout 20m`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.destroy(cmd, f)
		},
	}
	f.run.add(cmd.Flags())
	f.run.planFile.add(cmd.Flags())
	f.delete.add(cmd.Flags(), "all of the set")
	a.side(cmd.Flags())
	cmd.Flags().StringVar(&f.run.dryRun, "dry-run", "none", "stop after the plan: client, or server to try the deletions out there")
	cmd.Flags().StringVar(&f.ref, "inventory", "", "the set, `[NAMESPACE/]NAME`, where there is no otomi.yaml")
	cmd.Flags().BoolVar(&f.removeNamespace, "remove-namespace", false, "delete the namespace otomi-system, too, if nothing else is in it")
	return cmd
}

func (a *app) destroy(cmd *cobra.Command, f destroyFlags) error {
	if err := a.oneOf("text", "json", "jsonl"); err != nil {
		return err
	}
	if err := checkDryRun(f.run.dryRun); err != nil {
		return err
	}
	if err := checkTimeout(f.run.timeout); err != nil {
		return err
	}
	if err := f.delete.allow(&plan.Options{}); err != nil {
		return err
	}
	if err := a.checkParallel(f.run); err != nil {
		return err
	}
	var err error
	if f.run.saved, err = f.run.planFile.read(a, inputFlags{}, f.run); err != nil {
		return err
	}
	return a.eachSet(cmd, f.ref, func(ctx context.Context, a *app, s *session) error {
		if err := f.run.planFile.single(a); err != nil {
			return err
		}
		if f.removeNamespace && s.ref.Namespace != inventory.DefaultNamespace {
			return usagef("--remove-namespace: inventory %s is not in %s, and its namespace is not ours to delete", s.ref, inventory.DefaultNamespace)
		}
		return a.destroyOne(ctx, s, f)
	})
}

func (a *app) destroyOne(ctx context.Context, s *session, f destroyFlags) error {
	if s.inventory == nil {
		return a.destroyNothing(ctx, s, f)
	}
	var lock *cluster.Lock
	if f.run.dryRun == "none" {
		var err error
		if lock, err = a.lock(ctx, s, &f.run); err != nil {
			return err
		}
		defer release(ctx, lock)
	}
	if s.inventory == nil {
		return a.destroyNothing(ctx, s, f) // another run has just destroyed it
	}
	p, err := a.destroyPlan(ctx, s, f.delete)
	if err != nil {
		return err
	}
	if f.removeNamespace {
		if err := a.namespaceFree(ctx, s, s.inventory); err != nil {
			return err
		}
	}
	a.stream.plan(p.plan)
	if f.run.dryRun != "none" {
		return a.tryDestroy(ctx, p, f.run.dryRun)
	}
	if f.run.planFile.out != "" {
		return a.saveDestroy(ctx, p, lock, f.run.planFile.out)
	}
	if err := a.agreeToDestroy(ctx, p, f.run); err != nil {
		return err
	}
	if err := a.carryOut(ctx, p, lock, false, f.run); err != nil {
		tellRest(a.ErrOut, p.plan)
		return err
	}
	if err := a.rest(p.plan); err != nil {
		return err
	}
	return a.removeNamespace(ctx, s, f)
}

// destroyNothing is what there is to do where nothing was applied, or nothing of it is left. A plan was of something.
func (a *app) destroyNothing(ctx context.Context, s *session, f destroyFlags) error {
	switch {
	case f.run.saved != nil:
		return a.agreed(&planned{session: s}, false, f.run.saved)
	case f.run.planFile.out != "":
		return nothingApplied(s.ref)
	}
	fmt.Fprintf(a.ErrOut, "nothing was applied as %s\n", s.ref)
	if a.output == "json" {
		if err := writeJSON(a.Out, map[string]any{"inventory": s.ref.String(), "counts": map[string]int{}, "objects": []any{}}); err != nil {
			return err
		}
	}
	if f.removeNamespace && f.run.dryRun == "none" {
		return a.removeNamespace(ctx, s, f)
	}
	return nil
}

// saveDestroy shows the plan, and saves it.
func (a *app) saveDestroy(ctx context.Context, p *planned, lock *cluster.Lock, file string) error {
	if a.stream == nil {
		if err := a.printPlan(a.Out, p.plan); err != nil {
			return err
		}
	}
	return a.savePlan(ctx, p, lock, false, file)
}

// agreeToDestroy gets the plan agreed to, by a file or by an answer.
func (a *app) agreeToDestroy(ctx context.Context, p *planned, run runFlags) error {
	if run.saved != nil {
		return a.agreed(p, false, run.saved)
	}
	return a.confirm(ctx, p, run.yes)
}

// tryDestroy shows a plan that is not carried out; a trial on the server says first what that has against it.
func (a *app) tryDestroy(ctx context.Context, p *planned, dryRun string) error {
	if dryRun == "server" {
		findings, err := p.client.TryDeletes(ctx, p.plan)
		if err != nil {
			return err
		}
		if err := a.finish(findings); err != nil {
			return err
		}
	}
	if a.stream != nil {
		return nil
	}
	return a.printPlan(a.Out, p.plan)
}

// destroyPlan plans to delete a set.
func (a *app) destroyPlan(ctx context.Context, s *session, may deleteFlags) (*planned, error) {
	inv := s.inventory
	a.hideHooks(inv)
	a.hideSet(ctx, s.client, inv)
	observed, _, err := s.client.Observe(ctx, cluster.Question{Ref: s.ref, Inventory: inv, Identity: s.identity})
	if err != nil {
		return nil, err
	}
	options := plan.Options{Destroy: true, Approvals: s.allowed, Repoless: s.declared == nil || s.stranger, Now: time.Now()}
	if err := may.allow(&options); err != nil {
		return nil, err
	}
	in := plan.Input{
		Ref: s.ref, Inventory: inv, Observed: observed, Versions: inv.Versions,
		Cluster: s.declaredCluster(),
		Options: options,
	}
	p := a.planOf(s, &desired{versions: inv.Versions, hidden: func(context.Context) cluster.Hidden { return cluster.Hidden{} }})
	p.plan, err = plan.Make(in)
	if p.plan != nil {
		a.report(p.plan.Findings)
	}
	return p, err
}

// rest says at the end what stays in the cluster and why. What a rule keeps makes the destroy incomplete.
func (a *app) rest(p *plan.Plan) error {
	tellRest(a.ErrOut, p)
	if stays := p.Stays(); len(stays) > 0 {
		return refusedError{fmt.Sprintf("destroy %s: %s kept, and the inventory with it; take the annotations off and destroy again", p.Ref, count(len(stays), "object"))}
	}
	return nil
}

// tellRest names what is not deleted by intention.
func tellRest(w io.Writer, p *plan.Plan) {
	var b strings.Builder
	for _, left := range []struct {
		why     string
		actions []plan.Action
	}{{"stays, because of a rule", p.Stays()}, {"stays, and is not this set's any more", p.Strays()}} {
		if len(left.actions) > 0 {
			b.WriteString(left.why + ":\n")
		}
		for _, x := range left.actions {
			fmt.Fprintf(&b, "  %s: %s\n", x.ID, diag.Printable(x.Reason))
		}
	}
	_, _ = io.WriteString(w, b.String()) // a stderr that is gone does not undo the destroy
}
