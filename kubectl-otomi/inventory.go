package main

import "github.com/spf13/cobra"

func (a *app) inventoryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inventory",
		Short: "Look at what a cluster remembers of the sets that were applied, and repair it",
		Long: `Look at what a cluster remembers of the sets that were applied, and repair it. The inventory of a set is a Secret that lists its
objects and its last runs; status, history, rollback and destroy work from it alone.`,
		Example: `  # Which sets were applied to the cluster dev, and what is in one of them?
  kubectl otomi inventory list --cluster dev
  kubectl otomi inventory show --cluster dev

  # Make a lost or damaged one anew from the objects themselves
  kubectl otomi inventory rebuild --cluster dev --dry-run`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }, // makes cobra check the arguments
	}
	cmd.AddCommand(a.inventoryListCmd(), a.inventoryShowCmd(), a.inventoryRebuildCmd())
	return cmd
}

// setFlags name a set: as the argument, with --inventory, or by otomi.yaml.
type setFlags struct{ ref string }

func (f *setFlags) add(a *app, cmd *cobra.Command) {
	a.side(cmd.Flags())
	cmd.Flags().StringVar(&f.ref, "inventory", "", "the set, `[NAMESPACE/]NAME`, where there is no otomi.yaml")
}

// named is the set of the command line; empty: that of otomi.yaml.
func (f *setFlags) named(args []string) (string, error) {
	switch {
	case len(args) == 0:
		return f.ref, nil
	case len(args) > 1:
		return "", usagef("name one set, not %d", len(args))
	case f.ref != "" && f.ref != args[0]:
		return "", usagef("--inventory %s and %s are two sets; name one", f.ref, args[0])
	default:
		return args[0], nil
	}
}
