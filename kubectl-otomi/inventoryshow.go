package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
)

func (a *app) inventoryShowCmd() *cobra.Command {
	var set setFlags
	cmd := &cobra.Command{
		Use:   "show [[NAMESPACE/]NAME]",
		Short: "Show what a cluster remembers of a set",
		Long: `Show what a cluster remembers of a set: its objects by runlevel and release, and its last run. How the objects fare, status says.
What charts made at random is remembered too, and never shown.`,
		Example: `  # The set of the values repo in this folder
  kubectl otomi inventory show --cluster dev

  # A set by its name, with templates and uids
  kubectl otomi inventory show otomi-system/acme -o wide`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.oneOf("table", "wide", "json", "yaml"); err != nil {
				return err
			}
			name, err := set.named(args)
			if err != nil {
				return err
			}
			return a.eachConnection(cmd, name, func(ctx context.Context, a *app, s *session) error { return a.inventoryShow(ctx, s) })
		},
	}
	set.add(a, cmd)
	return cmd
}

func (a *app) inventoryShow(ctx context.Context, s *session) error {
	if err := s.read(ctx); err != nil {
		return err
	}
	inv := s.inventory
	if inv == nil {
		return fmt.Errorf("find inventory %s: nothing was applied under this name\nsee what there is with: kubectl otomi inventory list", s.ref)
	}
	return a.showInventory(inv)
}

func (a *app) showInventory(inv *inventory.Inventory) error {
	inv = shown(inv)
	if a.output == "json" || a.output == "yaml" {
		return a.encode(a.Out, shownInventory{
			Inventory: inv.Ref.String(), Format: inv.Format, State: inv.State, Cluster: inv.Cluster, Versions: inv.Versions, Objects: inv.Entries, Runs: inv.Runs,
		})
	}
	return a.printInventory(a.Out, inv)
}

// shown is an inventory in order of runlevel and release, without the manifests of hooks, which may hold secrets.
func shown(inv *inventory.Inventory) *inventory.Inventory {
	inv = inv.Clone()
	slices.SortStableFunc(inv.Entries, func(a, b inventory.Entry) int {
		return cmp.Or(cmp.Compare(a.Runlevel, b.Runlevel), cmp.Compare(a.Release, b.Release))
	})
	for i := range inv.Entries {
		inv.Entries[i].Manifest = ""
	}
	return inv
}

// shownInventory is an inventory without what charts remember and the stored sets: both hold secrets.
type shownInventory struct {
	Inventory string             `json:"inventory"`
	Format    int                `json:"format"`
	State     inventory.State    `json:"state"`
	Cluster   inventory.Cluster  `json:"cluster"`
	Versions  inventory.Versions `json:"versions"`
	Objects   []inventory.Entry  `json:"objects"`
	Runs      []inventory.Run    `json:"runs"`
}

func (a *app) printInventory(w io.Writer, inv *inventory.Inventory) error {
	t := newTable(w)
	wide := a.output == "wide"
	header := "LEVEL\tRELEASE\tOBJECT"
	if wide {
		header += "\tVERSION\tUID\tSOURCE"
	}
	if len(inv.Entries) > 0 {
		fmt.Fprintln(t, header)
	}
	for _, e := range inv.Entries {
		line := fmt.Sprintf("%s\t%s\t%s", dash(e.Runlevel), dash(e.Release), e.ID)
		if wide {
			line += fmt.Sprintf("\t%s\t%s\t%s", e.Version, dash(string(e.UID)), dash(e.Source))
		}
		fmt.Fprintln(t, diag.Printable(line))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	line := fmt.Sprintf("%s: %s: %s", inv.Ref, inv.State, count(len(inv.Entries), "object"))
	if inv.Cluster.Name != "" {
		line += " in cluster " + inv.Cluster.Name
	}
	if last, any := inv.LastRun(); any {
		line += fmt.Sprintf("; run %d by %s, %s ago", last.Number, diag.Printable(last.Who), ago(cmp.Or(last.Finished, last.Started)))
	}
	_, err := fmt.Fprintln(w, line)
	return err
}
