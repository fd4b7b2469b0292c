package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
)

func (a *app) historyCmd() *cobra.Command {
	var ref string
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the last runs, and which of them can be rolled back to",
		Long: `List the last runs from the inventory in the cluster alone, oldest first: who applied what and when, which revision of the values
repo, core and plugin, what came of it, and whether 'kubectl otomi rollback' can go back to it. A revision with +dirty had changes
that were not committed. How many runs can be rolled back to spec.history in otomi.yaml says.`,
		Example: `  # What was applied to the cluster dev?
  kubectl otomi history --cluster dev

  # Of a set that no otomi.yaml describes, for a program
  kubectl otomi history --inventory web/web -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.oneOf("table", "json", "yaml"); err != nil {
				return err
			}
			return a.eachSet(cmd, ref, func(ctx context.Context, a *app, s *session) error { return a.history(ctx, s) })
		},
	}
	a.side(cmd.Flags())
	cmd.Flags().StringVar(&ref, "inventory", "", "the set, `[NAMESPACE/]NAME`, where there is no otomi.yaml")
	return cmd
}

// historyRun is a run as -o json and yaml show it.
type historyRun struct {
	inventory.Run
	Rollback restorable `json:"rollback"`
}

// restorable says whether a run can be rolled back to, and if not, why.
type restorable struct {
	Possible bool   `json:"possible"`
	Reason   string `json:"reason,omitempty"`
}

func (a *app) history(ctx context.Context, s *session) error {
	inv := s.inventory
	if inv == nil {
		return nothingApplied(s.ref)
	}
	if holder, err := s.client.Holder(ctx, s.ref); err == nil && (holder == nil || holder.Expired) {
		inv.Abandon()
	}
	runs := make([]historyRun, len(inv.Runs))
	for i, r := range inv.Runs {
		runs[i].Run = r
		runs[i].Rollback.Possible, runs[i].Rollback.Reason = inv.Restorable(r)
	}
	if a.output == "table" {
		return printHistory(a.Out, inv, runs)
	}
	return a.encode(a.Out, map[string]any{"inventory": inv.Ref.String(), "state": inv.State, "cluster": inv.Cluster, "runs": runs})
}

func nothingApplied(ref inventory.Ref) error {
	return fmt.Errorf("find inventory %s: nothing was applied under this name\napply first, or name another set with --inventory", ref)
}

func printHistory(w io.Writer, inv *inventory.Inventory, runs []historyRun) error {
	t := newTable(w)
	if len(runs) > 0 {
		fmt.Fprintln(t, "RUN\tWHEN\tWHO\tREVISION\tCORE\tPLUGIN\tRESULT\tCHANGES\tROLLBACK\tWHAT")
	}
	possible := 0
	for _, r := range runs {
		rollback := "yes"
		if r.Rollback.Possible {
			possible++
		} else {
			rollback = "no: " + r.Rollback.Reason
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Number, r.Started.UTC().Format(time.DateTime+"Z"), diag.Printable(r.Who),
			revisionOf(r.Run), cmp.Or(r.Versions.Core, "-"), cmp.Or(r.Versions.Plugin, "-"), r.State, changesOf(r.Counts),
			diag.Printable(rollback), whatOf(r.Run))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range runs {
		if err := printOverrides(w, fmt.Sprintf("run %d by %s:", r.Number, diag.Printable(r.Who)), r.Overrides); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s: %s, %d can be rolled back to\n", inv.Ref, inv.State, count(len(runs), "run"), possible)
	return err
}

func revisionOf(r inventory.Run) string {
	if r.Revision == "" {
		return "-"
	}
	revision := short(r.Revision)
	if r.Dirty {
		revision += "+dirty"
	}
	return revision
}

// whatOf is the command, and of a rollback where it went.
func whatOf(r inventory.Run) string {
	what := cmp.Or(r.What, "-")
	if r.Restored > 0 {
		what = fmt.Sprintf("rollback to run %d: %s", r.Restored, what)
	}
	return diag.Printable(what)
}

// changesOf is what a run did, less what it left alone.
func changesOf(counts map[string]int) string {
	var words []string
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[word]; n > 0 && word != "unchanged" && word != "kept" {
			words = append(words, fmt.Sprintf("%d %s", n, word))
		}
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}
