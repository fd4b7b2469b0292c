package main

import "github.com/spf13/cobra"

func (a *app) policyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Work on policies: what objects are judged by",
		Long: `Work on policies, which kubectl otomi validate judges objects by. The same Rego holds here and, through Gatekeeper, on the
cluster.`,
		Example: `  # Run the tests of the policies in a core
  kubectl otomi policy test policies/...

  # Show what Gatekeeper would be given for the cluster dev
  kubectl otomi policy export --cluster dev`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.policyTestCmd(), a.policyExportCmd())
	return cmd
}
