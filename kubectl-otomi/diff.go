package main

import (
	"cmp"
	"context"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

func (a *app) diffCmd() *cobra.Command {
	var from inputFlags
	var rev string
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Show what apply would change",
		Long: `Show what apply would change: the plan, and for each object the difference between what is in the cluster and what the server
would make of it, with the names of those who have set what is set back. Nothing is written. Secrets are masked wherever they
stand: <redacted:1> and <redacted:2> are two values. KUBECTL_EXTERNAL_DIFF names a program that shows both sides instead.

With --against REV it compares the manifests of the working tree with those of a git revision, of every cluster unless --cluster
names some: what a pull request changes. It needs no cluster and no keys: placeholders stand for secrets, and a secret file that
differs is listed. REV... is the last commit that REV and HEAD have in common.

Exits with 0 where there are no differences, with 1 where there are, with 2 when it fails, with 4 over a conflict, with 6 where a
safety rule refuses the plan.`,
		Example: `  kubectl otomi diff --cluster dev

  # Of one release, for a machine
  kubectl otomi diff --cluster dev --release hello -o json

  # Of manifests from anywhere, which make up a set of their own
  kubectl otomi diff -f deploy/ -R --inventory web/web

  # What this branch changes in all clusters, as a comment for its pull request
  kubectl otomi diff --against origin/main... -o markdown`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("against") && !from.given.any() {
				if cmd.Flags().Changed("secrets") && from.render.secrets != "placeholder" {
					return usagef("--against needs no keys: secrets are placeholders")
				}
				return a.against(cmd.Context(), from.render, rev)
			}
			return a.diff(cmd, from)
		},
	}
	from.add(cmd.Flags())
	a.side(cmd.Flags())
	cmd.Flags().StringVar(&rev, "against", "", "compare with the git revision `REV` instead of a cluster")
	return cmd
}

func (a *app) diff(cmd *cobra.Command, from inputFlags) error {
	if err := a.oneOf("text", "json"); err != nil {
		return err
	}
	var different atomic.Bool
	err := a.eachCluster(cmd, from, func(ctx context.Context, a *app, p *planned, only selection, options plan.Options) error {
		// A refused plan is shown too: it tells what the refusal is about.
		refused := a.makePlan(ctx, p, only, options)
		if p.plan == nil {
			return refused
		}
		changes, findings, err := p.client.Diff(ctx, p.plan, options.Force, p.hidden(ctx))
		if err := a.finish(findings); err != nil {
			return cmp.Or(refused, err)
		}
		here, printed := a.showDiff(ctx, p.plan, changes)
		if here {
			different.Store(true)
		}
		if printed != nil {
			return printed
		}
		return plan.Join(refused, err)
	})
	if err == nil && different.Load() {
		return exitCode(exitFailed)
	}
	return err
}
