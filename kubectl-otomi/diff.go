package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

func (a *app) diffCmd() *cobra.Command {
	var from inputFlags
	var rev string
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Show what apply would change",
		Long: `Show what apply would change: the plan, and for each object the difference between what is in the cluster and what the server
would make of it. Nothing is written. Values of secrets are masked.

With --against REV it compares the manifests of the working tree with those of a git revision, of every cluster unless --cluster
names some: what a pull request changes. It needs no cluster and no keys: placeholders stand for secrets, and a secret file that
differs is listed. REV... is the last commit that REV and HEAD have in common.

Exits with 0 where there are no differences, with 1 where there are, with 2 when it fails.`,
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
		if len(changes) > 0 {
			different.Store(true)
		}
		if printed := a.printDiff(a.Out, p.plan, changes); printed != nil {
			return printed
		}
		if refused != nil {
			return refused
		}
		return err
	})
	if err == nil && different.Load() {
		return exitCode(exitFailed)
	}
	return err
}

func (a *app) printDiff(w io.Writer, p *plan.Plan, changes []cluster.Change) error {
	if a.output == "json" {
		if changes == nil {
			changes = []cluster.Change{}
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		out := map[string]any{"inventory": p.Ref.String(), "changes": changes, "counts": p.Counts()}
		if p.Cluster.Name != "" {
			out["cluster"] = p.Cluster.Name
		}
		if len(p.Overrides) > 0 {
			out["overrides"] = p.Overrides
		}
		return e.Encode(out)
	}
	paint := color(w)
	var out strings.Builder
	for _, c := range changes {
		head := fmt.Sprintf("%s %s", c.Op, c.ID)
		if c.Reason != "" {
			head += " (" + c.Reason + ")"
		}
		out.WriteString(head + "\n")
		for line := range strings.Lines(c.Text) {
			out.WriteString(paintLine(line, paint))
		}
	}
	_ = printOverrides(&out, "this run:", p.Overrides) // a Builder takes everything
	_, err := io.WriteString(w, out.String()+summary(p)+"\n")
	return err
}

// paintLine colours a line of a unified diff as git does.
func paintLine(line string, paint bool) string {
	if !paint {
		return line
	}
	text := strings.TrimSuffix(line, "\n")
	switch {
	case strings.HasPrefix(line, "+"):
		return "\x1b[32m" + text + "\x1b[0m\n"
	case strings.HasPrefix(line, "-"):
		return "\x1b[31m" + text + "\x1b[0m\n"
	case strings.HasPrefix(line, "@@"):
		return "\x1b[36m" + text + "\x1b[0m\n"
	default:
		return line
	}
}
