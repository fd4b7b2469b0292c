package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/component"
	"github.com/otomi/kubectl-otomi/test/cluster/internal/supervisor"
)

func newUp(host Host, where *place) *cobra.Command {
	var opts supervisor.Options
	var printPath bool
	command := &cobra.Command{
		Use:   "up",
		Short: "Start a cluster and return when it is ready",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := complete(&opts, host, where); err != nil {
				return err
			}
			begin := time.Now()
			progress := func(step string) { _, _ = fmt.Fprintf(host.Err, "cluster %s: %s\n", opts.Dir.Name, step) }
			if err := supervisor.Launch(command.Context(), opts, progress); err != nil {
				return err
			}
			progress(fmt.Sprintf("ready after %.1f s", time.Since(begin).Seconds()))
			if printPath {
				_, err := fmt.Fprintln(host.Out, opts.Dir.Kubeconfig())
				return err
			}
			return nil
		},
	}
	where.addName(command)
	flags := command.Flags()
	flags.IntVar(&opts.Nodes, "nodes", 1, "how many nodes")
	flags.StringVar(&opts.Context, "context", "", "name of the kubeconfig's context (default devcluster-NAME)")
	flags.BoolVar(&opts.Audit, "audit", false, "log every request to audit.log in the cluster's folder")
	flags.DurationVar(&opts.Timeout, "timeout", 2*time.Minute, "how long it may take to get ready")
	flags.IntVar(&opts.UntilExitOf, "until-exit-of", 0, "process id: the cluster is taken down when that process ends, however it ends")
	flags.BoolVar(&printPath, "print-kubeconfig", false, "print the path of the kubeconfig")
	return command
}

// complete checks what the flags say and adds what they leave out.
func complete(opts *supervisor.Options, host Host, where *place) error {
	dir, err := where.dir()
	if err != nil {
		return err
	}
	if opts.Nodes < 0 || opts.Nodes > 5000 {
		return errors.Join(ErrUsage, fmt.Errorf("start cluster %s: %d nodes: want 0 to 5000", dir.Name, opts.Nodes))
	}
	if opts.UntilExitOf < 0 {
		return errors.Join(ErrUsage, fmt.Errorf("start cluster %s: no process has the id %d", dir.Name, opts.UntilExitOf))
	}
	if opts.Timeout <= 0 {
		return errors.Join(ErrUsage, fmt.Errorf("start cluster %s: timeout %s: want more than nothing", dir.Name, opts.Timeout))
	}
	if opts.Context == "" {
		opts.Context = "devcluster-" + dir.Name
	}
	opts.Dir, opts.Executable = dir, host.Executable
	opts.Version, err = component.Version()
	return err
}
