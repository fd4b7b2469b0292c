package main

import (
	"context"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// app is what every command shares: where to read and print, and the global flags.
type app struct {
	genericiooptions.IOStreams
	kube     *genericclioptions.ConfigFlags
	dir      string
	clusters []string
	all      bool
	output   string
	args     []string // as typed
	verbose  bool

	parallel   int           // clusters at a time
	attributed bool          // what is printed says which of several clusters it is about
	stream     *eventStream  // of events, where they were asked for
	summed     bool          // the stream has its last line
	heartbeat  time.Duration // how often it is said what is waited for
	connecting *sync.Mutex   // guards the context that kube names
	plugged    *atomic.Bool  // a credential plugin may have been started

	piping bool // standard input holds manifests, so that answers come from the terminal itself

	interrupted <-chan struct{}   // is closed when the user wants the run to end
	piped       map[string][]byte // what was read of streams, which can be read once

	source  func(file string) []byte // the text of a file that findings name, for excerpts; nil: none
	hidden  *hidden                  // what Out and ErrOut hide
	product io.Writer                // where Out leads, hiding nothing: only for what is asked for, secrets included
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, streams genericiooptions.IOStreams) int {
	began := time.Now()
	a := &app{IOStreams: streams, args: args, interrupted: ctx.Done(), piped: map[string][]byte{}, hidden: &hidden{}, connecting: &sync.Mutex{}, plugged: &atomic.Bool{}, heartbeat: 30 * time.Second, kube: genericclioptions.NewConfigFlags(false).WithDiscoveryBurst(300).WithDiscoveryQPS(50)}
	defer a.endPlugins()
	a.edges()
	a.logs()
	a.kube.ClusterName = nil // --cluster names a cluster of otomi.yaml
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if a.output == "jsonl" && !a.summed && slices.Contains([]string{"apply", "destroy", "rollback"}, cmd.Name()) {
		last := newStream(a.Out, "")
		last.began = began
		last.sum(a.code(ctx, err), err) // whatever kept it from its work, the last line says it
	}
	return a.exit(ctx, cmd, err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-otomi",
		Short: "Turn a values repo into a running platform",
		Long: `Turn a values repo into a running platform.

A values repo holds layered YAML, generic to specific; a core holds charts, policies and runlevels. kubectl otomi merges,
checks, renders and applies them, and reports how the objects fare.`,
		Example: `  # What are the values of the cluster dev?
  kubectl otomi values --cluster dev

  # Check everything without a cluster, then see what would change, then do it
  kubectl otomi validate --all-clusters
  kubectl otomi diff --cluster dev
  kubectl otomi apply --cluster dev

  # How is it doing?
  kubectl otomi status --cluster dev`,
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl otomi"},
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		Args:              noArgs,
		PersistentPreRunE: a.checkGlobal,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() }, // makes cobra check the arguments
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.dir, "directory", "C", ".", "the values repo: the folder of otomi.yaml")
	flags.StringSliceVar(&a.clusters, "cluster", nil, "the cluster of otomi.yaml; repeatable, globs allowed")
	flags.BoolVar(&a.all, "all-clusters", false, "every cluster of otomi.yaml")
	flags.StringVarP(&a.output, "output", "o", "", "output format; each command lists its own")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "say more on stderr")
	root.SetOut(a.Out)
	root.SetErr(a.ErrOut)
	root.SetIn(a.In)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(a.initCmd(), a.valuesCmd(), a.explainCmd(), a.schemaCmd(), a.validateCmd(), a.policyCmd(), a.templateCmd(), a.diffCmd(), a.applyCmd(), a.statusCmd(), a.inventoryCmd(), a.historyCmd(), a.rollbackCmd(), a.destroyCmd(), a.secretsCmd(), a.coreCmd(), a.completionCmd(), a.versionCmd())
	root.SetHelpCommand(helpCmd(root))
	a.listFormats(root)
	refuseEmpty(root)
	a.kube.AddFlags(flags) // kubectl's may be empty: that is as without them
	flags.Lookup("cache-dir").Usage = "not used: nothing is cached"
	a.complete(root, a.flagWords())
	return root
}

// terminal reports whether a stream is one that a person looks at.
func terminal(stream any) bool {
	f := file(stream)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// color reports whether to colour what goes to the stream: no-color.org.
func color(stream any) bool {
	return terminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// report prints findings on stderr.
func (a *app) report(findings diag.Findings) {
	findings = slices.Clone(findings)
	findings.Sort()
	_ = a.text(a.ErrOut).Print(a.ErrOut, findings) // a broken stderr cannot be reported
}

// text prints findings for people, with excerpts of the files that were read.
func (a *app) text(stream any) diag.Text {
	return diag.Text{Color: color(stream), Source: a.source}
}
