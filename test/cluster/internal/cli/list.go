package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

func newList(host Host, where *place) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the clusters",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dirs, err := state.All(where.root)
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(host.Out, 0, 0, 3, ' ', 0)
			_, _ = fmt.Fprintln(table, "NAME\tSTATUS\tVERSION\tNODES\tSERVER")
			for _, dir := range dirs {
				record, err := dir.Record()
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", dir.Name, record.Status,
					orDash(record.Version), record.Nodes, orDash(record.Server))
			}
			return table.Flush()
		},
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
