package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/component"
	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
	"github.com/otomi/kubectl-otomi/test/cluster/internal/supervisor"
)

// newSupervise is the process that stays when up has returned.
func newSupervise(host Host) *cobra.Command {
	var opts supervisor.Options
	var path string
	command := &cobra.Command{
		Use:    "supervise",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			var err error
			if opts.Dir, err = state.Find(filepath.Dir(path), filepath.Base(path)); err != nil {
				return err
			}
			if opts.Version, err = component.Version(); err != nil {
				return err
			}
			opts.Executable = host.Executable
			return supervisor.Run(command.Context(), opts, supervisor.InheritedPipes())
		},
	}
	flags := command.Flags()
	flags.StringVar(&path, "dir", "", "folder of the cluster")
	flags.StringVar(&opts.Context, "context", "", "name of the kubeconfig's context")
	flags.IntVar(&opts.Nodes, "nodes", 0, "how many nodes")
	flags.BoolVar(&opts.Audit, "audit", false, "log every request")
	flags.IntVar(&opts.UntilExitOf, "until-exit-of", 0, "process whose end is the cluster's end")
	flags.DurationVar(&opts.Timeout, "timeout", 0, "how long it may take to get ready")
	return command
}
