package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/supervisor"
)

func newDown(host Host, where *place) *cobra.Command {
	command := &cobra.Command{
		Use:   "down",
		Short: "End a cluster and delete all that it left",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			dir, err := where.dir()
			if err != nil {
				return err
			}
			if !dir.Exists() {
				_, err := fmt.Fprintf(host.Err, "cluster %s: there is none\n", dir.Name)
				return err
			}
			ctx, cancel := context.WithTimeout(command.Context(), 30*time.Second)
			defer cancel()
			return supervisor.Stop(ctx, dir)
		},
	}
	where.addName(command)
	return command
}
