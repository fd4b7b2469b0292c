package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
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
type perCluster func(ctx context.Context, a *app, p *planned, only selection, options plan.Options) error

// eachCluster works on what the given manifests make up, or opens the values repo and works on the chosen clusters.
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
	work := func(ctx context.Context, a *app, p *planned, err error) error {
		if err != nil {
			return err
		}
		p.recreate = from.allow.recreate
		a.stream.about(p.ref, p.inventory)
		return do(ctx, a, p, only, options)
	}
	if from.given.any() {
		if err := from.given.check(cmd); err != nil {
			return err
		}
		return a.each(cmd, []string{""}, func(ctx context.Context, a *app, _ int) error {
			p, err := a.prepareGiven(ctx, from.given, overrides)
			return work(ctx, a, p, err)
		})
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
	return a.each(cmd, clusterNames(clusters), func(ctx context.Context, a *app, n int) error {
		p, err := a.prepare(ctx, w, clusters[n])
		return work(ctx, a, p, err)
	})
}

func clusterNames(clusters []*repo.Cluster) []string {
	names := make([]string, len(clusters))
	for i, c := range clusters {
		names[i] = c.Name
	}
	return names
}

// lock takes the lock of the set, says who is waited for, and reads the inventory that nobody else changes from then on. To wait is
// part of the run and takes of its time.
func (a *app) lock(ctx context.Context, s *session, run *runFlags) (*cluster.Lock, error) {
	// Whoever reads the events may go: from here on a write that fails is no reason to die half-way.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	began := time.Now()
	lock, err := s.client.Lock(ctx, s.ref, a.lockOptions(*run))
	if err != nil {
		return nil, err
	}
	waited := time.Since(began)
	if run.timeout > 0 {
		run.timeout = max(run.timeout-waited, time.Millisecond) // none at all would be no limit
	}
	ms := waited.Milliseconds()
	a.stream.send(event{Type: lockEvent, Status: "acquired", DurationMS: &ms})
	if err := s.read(ctx); err != nil {
		release(ctx, lock)
		return nil, err
	}
	a.stream.about(s.ref, s.inventory)
	return lock, nil
}

// lockOptions are those of every lock: who takes it, and that it is told who is waited for.
func (a *app) lockOptions(run runFlags) cluster.LockOptions {
	expiry, patience := run.lockExpiry, run.lockTimeout
	if run.timeout > 0 {
		patience = min(patience, run.timeout)
	}
	return cluster.LockOptions{Holder: who(), Timeout: patience, Expiry: expiry, Renew: expiry / 3, Grace: expiry * 2 / 3, Waiting: func(held *cluster.LockedError) {
		fmt.Fprintf(a.ErrOut, "waiting: %s\n", diag.Printable(held.Error()))
		a.stream.send(event{Type: lockEvent, Status: "waiting", Holder: held.Holder, Reason: held.Error()})
	}}
}

// perSet is what a command does with one set that was applied.
type perSet func(ctx context.Context, a *app, s *session) error

// eachSet works on the sets that a command which works from the inventory alone is for: of the chosen clusters, or where there is
// no otomi.yaml, of the kubeconfig's current context.
func (a *app) eachSet(cmd *cobra.Command, ref string, do perSet) error {
	return a.eachConnection(cmd, ref, func(ctx context.Context, a *app, s *session) error {
		if err := s.read(ctx); err != nil {
			return err
		}
		a.stream.about(s.ref, s.inventory)
		return do(ctx, a, s)
	})
}

// eachConnection connects as eachSet does and does not read the inventory, which may be missing or damaged.
func (a *app) eachConnection(cmd *cobra.Command, name string, do perSet) error {
	w, clusters, err := a.chosen(renderFlags{secrets: "placeholder"})
	var findings diag.Findings
	if errors.As(err, &findings) && findings[0].Rule == "no-values-repo" && name != "" {
		w, clusters, err = nil, []*repo.Cluster{nil}, nil
	}
	if err != nil {
		return err
	}
	names := []string{""}
	if w != nil {
		names, name = clusterNames(clusters), cmp.Or(name, w.repo.InventoryRef())
	}
	ref, err := inventory.ParseRef(name)
	if err != nil {
		return usageError{err}
	}
	allowed, stranger, err := approvalsOf(w, ref)
	if err != nil {
		return err
	}
	return a.each(cmd, names, func(ctx context.Context, a *app, n int) error {
		s, err := a.connect(ctx, clusters[n], ref)
		if err != nil {
			return err
		}
		s.allowed, s.stranger = allowed, stranger
		return do(ctx, a, s)
	})
}

// approvalsOf are those that count for a set: of the values repo whose set it is. Of any other set it is a stranger.
func approvalsOf(w *workspace, ref inventory.Ref) (list []plan.Approval, stranger bool, err error) {
	if w == nil {
		return nil, true, nil
	}
	if own, findings := inventoryRef(w.repo); findings.Failed() || own != ref {
		return nil, true, nil
	}
	list, findings := approvals(w.repo)
	return list, false, findings.Err()
}
