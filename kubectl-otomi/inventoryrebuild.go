package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// rebuildFlags are how an inventory is made anew.
type rebuildFlags struct {
	set    setFlags
	run    runFlags
	force  bool
	dryRun bool
}

func (a *app) inventoryRebuildCmd() *cobra.Command {
	var f rebuildFlags
	cmd := &cobra.Command{
		Use:   "rebuild [[NAMESPACE/]NAME]",
		Short: "Make a lost or damaged inventory anew of what the cluster holds",
		Long: `Make a lost or damaged inventory anew: every kind of the cluster is searched for objects with the set's label that were applied by
kubectl otomi. No object is touched. The next apply sends each of them once and finds out what differs; it deletes nothing that is in
the repo and restarts nothing. What can be read of a damaged inventory is kept.

It deletes nothing that could not be deleted before: destroy leaves all namespaces after it. Tasks whose Jobs were cleaned up run
again at the next apply, and hooks that run when a release is deleted are lost until then.`,
		Example: `  # What would be found?
  kubectl otomi inventory rebuild otomi-system/acme --dry-run

  # Write it
  kubectl otomi inventory rebuild otomi-system/acme --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.oneOf("table", "wide"); err != nil {
				return err
			}
			name, err := f.set.named(args)
			if err != nil {
				return err
			}
			return a.eachConnection(cmd, name, func(ctx context.Context, a *app, s *session) error { return a.inventoryRebuild(ctx, s, f) })
		},
	}
	f.set.add(a, cmd)
	cmd.Flags().BoolVarP(&f.run.yes, "yes", "y", false, "do not ask")
	cmd.Flags().DurationVar(&f.run.lockTimeout, "lock-timeout", 10*time.Minute, "how long to wait for another run; 0: not at all")
	cmd.Flags().BoolVar(&f.force, "force", false, "make an inventory anew that is whole")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what is found and write nothing")
	return cmd
}

func (a *app) inventoryRebuild(ctx context.Context, s *session, f rebuildFlags) error {
	var lock *cluster.Lock
	if !f.dryRun {
		var err error
		if lock, err = s.client.Lock(ctx, s.ref, a.lockOptions(f.run)); err != nil {
			return err
		}
		defer release(ctx, lock)
	}
	built, err := a.rebuilt(ctx, s, f.force)
	if err != nil {
		return err
	}
	if err := a.printInventory(a.Out, built.Inventory); err != nil || f.dryRun {
		return err
	}
	if err := a.agreeTo(ctx, f.run.yes, fmt.Sprintf("write %s with %s?", s.ref, count(len(built.Inventory.Entries), "object"))); err != nil {
		return err
	}
	return s.client.Write(ctx, lock, built.Inventory)
}

// lostByRebuild is what no object in the cluster tells.
const lostByRebuild = `warning: the objects in the cluster do not tell all that an inventory knew. From now on
  - destroy leaves all namespaces: whether the set made them is not known
  - hooks that run when a release is deleted run no more, until the next apply has stored them again
  - tasks (otomi.io/task, once ones too) whose Jobs are gone run again at the next apply; look with: kubectl otomi diff
`

// rebuilt finds what the set has in the cluster, where its inventory needs it.
func (a *app) rebuilt(ctx context.Context, s *session, force bool) (*cluster.Rebuilt, error) {
	err := s.read(ctx)
	switch {
	case errors.As(err, new(*inventory.DamagedError)):
	case err != nil:
		return nil, err
	case s.inventory != nil && !force:
		return nil, refusedError{fmt.Sprintf("inventory %s is there and whole; --force makes it anew all the same", s.ref)}
	}
	built, err := s.client.Rebuild(ctx, s.ref)
	if err != nil {
		return nil, err
	}
	if err := plan.CheckCluster(s.ref, s.declaredCluster(), built.Inventory, s.identity.UID); err != nil {
		return nil, err
	}
	if len(built.Forbidden) > 0 {
		fmt.Fprintf(a.ErrOut, "warning: these may not be listed, and what the set has of them is not found: %s\n", strings.Join(built.Forbidden, ", "))
	}
	if len(built.Inventory.Entries) == 0 {
		return nil, fmt.Errorf("rebuild inventory %s: nothing in the cluster at %s carries its label\nis the name right? see: kubectl otomi inventory list", s.ref, s.identity.Server)
	}
	fmt.Fprint(a.ErrOut, lostByRebuild)
	inv := built.Inventory
	inv.State, inv.Cluster.UID = inventory.Interrupted, s.identity.UID
	if s.declared != nil {
		inv.Cluster.Name = s.declared.Name
	}
	now := time.Now().UTC()
	inv.AddRun(inventory.Run{Who: who(), What: a.what(), Started: now, Finished: now, State: inventory.Interrupted, Versions: inv.Versions})
	return built, nil
}

// agreeTo asks on a terminal; elsewhere agreement is --yes.
func (a *app) agreeTo(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	if person, leave := a.person(); person != nil {
		defer leave()
		return a.ask(ctx, person, question)
	}
	return errNobodyAgrees
}
