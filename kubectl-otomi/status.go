package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// statusFlags are what `status` shows and how long it waits.
type statusFlags struct {
	ref      string
	input    renderFlags // for the selection
	problems bool
	wait     bool
	watch    bool
	timeout  time.Duration
	// labels are those of the releases of a cluster; nil: nobody asks for them.
	labels func(ctx context.Context, c *repo.Cluster) (map[string]map[string]string, error)
}

func (a *app) statusCmd() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the applied objects fare",
		Long: `Show how the applied objects fare, by runlevel and release, from the inventory in the cluster alone. What is not ready says why;
what others changed since the last run is named with its field and manager, and does not make anything less ready.

A set of more than 50 objects is shown release by release, with what is not ready below; -o wide shows every object. The
fields of -o json and -o yaml are listed in
https://github.com/otomi/kubectl-otomi/blob/main/docs/how-to/readiness.md.

Exits with 3 when something is not ready.`,
		Example: `  # Everything that was applied to the cluster dev
  kubectl otomi status --cluster dev

  # Only what is not ready, waiting up to five minutes for it
  kubectl otomi status --cluster dev --problems --wait --timeout 5m

  # Watch one release come up
  kubectl otomi status --cluster dev --release ingress --watch

  # All clusters at a glance, for a script
  kubectl otomi status --all-clusters --parallel 4 -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd, f)
		},
	}
	flags := cmd.Flags()
	a.side(flags)
	flags.StringVar(&f.ref, "inventory", "", "the set, `[NAMESPACE/]NAME`, where there is no otomi.yaml")
	flags.BoolVar(&f.problems, "problems", false, "show only what is not ready or was changed by others")
	flags.BoolVar(&f.watch, "watch", false, "show it again whenever it changes, until interrupted; with --wait until everything is ready")
	flags.BoolVar(&f.wait, "wait", false, "wait until everything is ready")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Minute, "how long --wait waits")
	flags.StringArrayVar(&f.input.releases, "release", nil, "only the release `NAME`; repeatable")
	flags.StringVarP(&f.input.selector, "selector", "l", "", "only releases with these labels, as in kubectl; the values repo has them, and that none does is an error")
	flags.StringVar(&f.input.runlevel, "runlevel", "", "only the runlevel `NN`, or those from NN to MM: NN-MM")
	return cmd
}

func (f *statusFlags) checkTimeout(cmd *cobra.Command) error {
	if cmd.Flags().Changed("timeout") && !f.wait {
		return usagef("--timeout says how long --wait waits; add --wait")
	}
	return checkTimeout(f.timeout)
}

func (a *app) status(cmd *cobra.Command, f statusFlags) error {
	if err := a.oneOf("table", "wide", "json", "yaml"); err != nil {
		return err
	}
	only, err := f.input.selection()
	if err != nil {
		return err
	}
	if err := f.checkTimeout(cmd); err != nil {
		return err
	}
	if f.watch && a.output == "yaml" {
		return usagef("--watch: what changes is not one document; use -o json, a document per change")
	}
	if f.watch || f.wait {
		a.parallel = math.MaxInt // a cluster that waits keeps no other waiting
	}
	if f.input.selector != "" {
		w, _, err := a.chosen(renderFlags{secrets: "placeholder"})
		if err != nil {
			return fmt.Errorf("%w\n--selector asks for labels of releases, which are in the values repo", err)
		}
		f.labels = func(ctx context.Context, c *repo.Cluster) (map[string]map[string]string, error) {
			return releaseLabels(ctx, w, c)
		}
	}
	return a.eachSet(cmd, f.ref, func(ctx context.Context, a *app, s *session) error {
		return a.statusOf(ctx, &statusSet{session: s, only: only}, f)
	})
}

// statusOf shows the status of one set, once, or until everything is ready, or for ever.
func (a *app) statusOf(ctx context.Context, s *statusSet, f statusFlags) error {
	if s.session.inventory == nil {
		return nothingApplied(s.session.ref)
	}
	if f.labels != nil {
		var err error
		if s.labels, err = f.labels(ctx, s.session.declared); err != nil {
			return err
		}
	}
	if err := s.only.check(releasesIn(s.session.inventory, s.labels)); err != nil {
		return err
	}
	if f.watch && a.attributed && a.output == "json" {
		return usagef("--watch: -o json is for one cluster; choose it with --cluster")
	}
	if f.watch || f.wait {
		return a.followSet(ctx, s, f)
	}
	objects, err := s.session.client.Status(ctx, s.session.inventory)
	if err != nil {
		return err
	}
	return a.verdict(s.show(ctx, objects), f.problems)
}

// verdict prints how a set is and turns it into an exit code.
func (a *app) verdict(s *shownSet, problems bool) error {
	if err := a.printSet(a.Out, s, problems); err != nil {
		return err
	}
	if !s.Ready {
		return exitCode(exitNotReady)
	}
	return nil
}

// releaseLabels are the labels of the releases that the values repo has for a cluster.
func releaseLabels(ctx context.Context, w *workspace, c *repo.Cluster) (map[string]map[string]string, error) {
	b := &built{cluster: c}
	if w.merge(ctx, b, false) {
		releases, f := render.Releases(ctx, b.input())
		b.releases = releases
		b.failed(f)
	}
	if b.findings.Failed() {
		return nil, b.findings
	}
	labels := map[string]map[string]string{}
	for _, r := range b.releases {
		labels[r.Name] = r.Labels
	}
	return labels, nil
}
