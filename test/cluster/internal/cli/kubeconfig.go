package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

func newKubeconfig(host Host, where *place) *cobra.Command {
	command := &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the administrator's kubeconfig of a cluster",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := where.dir()
			if err != nil {
				return err
			}
			if !dir.Exists() {
				return fmt.Errorf("print kubeconfig: no cluster %s", dir.Name)
			}
			record, err := dir.Record()
			if err != nil {
				return err
			}
			if record.Status != state.Running {
				return fmt.Errorf("print kubeconfig: cluster %s is %s", dir.Name, record.Status)
			}
			data, err := os.ReadFile(dir.Kubeconfig())
			if err != nil {
				return fmt.Errorf("print kubeconfig: %w", err)
			}
			_, err = host.Out.Write(data)
			return err
		},
	}
	where.addName(command)
	return command
}
