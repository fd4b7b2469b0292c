package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// inputFlags are where what is desired comes from, and what users allow and forbid.
type inputFlags struct {
	render renderFlags
	given  givenFlags
	allow  planFlags
}

func (f *inputFlags) add(flags *pflag.FlagSet) {
	f.render.input(flags)
	f.render.selecting(flags)
	f.given.add(flags)
	f.given.set(flags)
	f.allow.add(flags)
}

// perCluster is what a command does with one cluster.
type perCluster func(ctx context.Context, p *planned, only selection, options plan.Options) error

// eachCluster works on what the given manifests make up, or opens the values repo and works on the chosen clusters, one after the
// other. A cluster that fails does not keep the others from their turn; the worst exit code counts.
func (a *app) eachCluster(cmd *cobra.Command, from inputFlags, do perCluster) error {
	only, err := from.render.selection()
	if err != nil {
		return err
	}
	options, err := from.allow.options(time.Now())
	if err != nil {
		return err
	}
	overrides, err := from.allow.override.parse()
	if err != nil {
		return err
	}
	if from.given.any() {
		if err := from.given.check(cmd); err != nil {
			return err
		}
		p, err := a.prepareGiven(cmd.Context(), from.given, overrides)
		if err != nil {
			return err
		}
		return do(cmd.Context(), p, only, options)
	}
	if err := from.given.unused(cmd.Flags()); err != nil {
		return err
	}
	w, clusters, err := a.chosen(from.render)
	if err != nil {
		return err
	}
	w.overrides = overrides
	a.report(w.findings)
	var worst error
	for _, c := range clusters {
		if len(clusters) > 1 {
			fmt.Fprintf(a.ErrOut, "cluster %s\n", c.Name)
		}
		p, err := a.prepare(cmd.Context(), w, c)
		if err == nil {
			err = do(cmd.Context(), p, only, options)
		}
		if err != nil && len(clusters) > 1 {
			a.exit(cmd.Context(), cmd, err)
			err = reported{err}
		}
		if worst == nil || err != nil && a.code(cmd.Context(), err) > a.code(cmd.Context(), worst) {
			worst = err
		}
		if cmd.Context().Err() != nil {
			break
		}
	}
	return worst
}

// lock takes the lock of the set, says who is waited for, and reads the inventory that nobody else changes from then on.
func (a *app) lock(ctx context.Context, s *session, timeout time.Duration) (*cluster.Lock, error) {
	lock, err := s.client.Lock(ctx, s.ref, cluster.LockOptions{
		Holder: who(), Timeout: timeout,
		Waiting: func(held *cluster.LockedError) { fmt.Fprintf(a.ErrOut, "waiting: %v\n", held) },
	})
	if err != nil {
		return nil, err
	}
	if err := s.read(ctx); err != nil {
		release(ctx, lock)
		return nil, err
	}
	return lock, nil
}

// sets are the sessions that a command that works from the inventory alone is for: of the chosen clusters, or where there is no
// otomi.yaml, of the kubeconfig's current context.
func (a *app) sets(ctx context.Context, ref string) ([]*session, error) {
	w, clusters, err := a.chosen(renderFlags{secrets: "placeholder"})
	var findings diag.Findings
	if errors.As(err, &findings) && findings[0].Rule == "no-values-repo" && ref != "" {
		return a.set(ctx, nil, ref)
	}
	if err != nil {
		return nil, err
	}
	var sessions []*session
	for _, c := range clusters {
		name := ref
		if name == "" {
			name = w.repo.InventoryRef()
		}
		s, err := a.set(ctx, c, name)
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, s...)
	}
	return sessions, nil
}

func (a *app) set(ctx context.Context, c *repo.Cluster, name string) ([]*session, error) {
	ref, err := inventory.ParseRef(name)
	if err != nil {
		return nil, usageError{err}
	}
	s, err := a.connect(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	return []*session{s}, s.read(ctx)
}
