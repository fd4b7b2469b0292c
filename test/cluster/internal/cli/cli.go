// Package cli is the command line of devcluster: a file per command. In go arguments and streams, out comes an error that
// the main package prints. Results go to the output stream, progress to the error stream.
package cli

import (
	"errors"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/state"
)

// ErrUsage marks errors in the arguments.
var ErrUsage = errors.New("usage")

// Host is what the commands need of the process and the machine they run on.
type Host struct {
	Out, Err   io.Writer
	State      string // where clusters are kept unless --state says otherwise; empty: --state is needed
	Executable string // this program
}

// New is the root command.
func New(host Host) *cobra.Command {
	root := &cobra.Command{
		Use:   "devcluster",
		Short: "Kubernetes clusters for tests: a real control plane, simulated nodes, no containers",
		Long: `A devcluster is etcd, kube-apiserver, kube-controller-manager and kube-scheduler, all of them real,
and kwok, which plays the nodes: Pods become ready and Jobs complete without running anything.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(host.Out)
	root.SetErr(host.Err)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errors.Join(ErrUsage, err) })
	var where place
	root.PersistentFlags().StringVar(&where.root, "state", host.State, "folder that holds the clusters")
	root.AddCommand(
		newUp(host, &where), newDown(host, &where), newKubeconfig(host, &where), newList(host, &where),
		newComponent(), newSupervise(host),
	)
	for _, command := range newComponents() {
		root.AddCommand(command)
	}
	// Packages of Kubernetes add this one to every program; it does nothing here.
	if flag := pflag.Lookup("version"); flag != nil {
		flag.Hidden = true
	}
	return root
}

// place is where a cluster is kept, and its name.
type place struct {
	root, name string
}

func (p *place) addName(command *cobra.Command) {
	command.Flags().StringVar(&p.name, "name", "otomi", "name of the cluster")
}

func (p *place) dir() (state.Dir, error) {
	if p.root == "" {
		return state.Dir{}, errors.Join(ErrUsage, errors.New("find clusters: no home folder; say --state"))
	}
	dir, err := state.Find(p.root, p.name)
	if err != nil {
		return state.Dir{}, errors.Join(ErrUsage, err)
	}
	return dir, nil
}
