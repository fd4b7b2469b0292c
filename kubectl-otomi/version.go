package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// serverPatience is how long version waits for an API server: it is asked in passing.
const serverPatience = 3 * time.Second

// versions is what `version -o json` prints.
type versions struct {
	Client   string `json:"client"`
	Core     string `json:"core"` // of the embedded core
	Go       string `json:"go"`
	Platform string `json:"platform"`
	// Server is that of the API server; where none was reached, NoServer says why.
	Server   string `json:"server,omitempty"`
	NoServer string `json:"noServer,omitempty"`
}

func (a *app) versionCmd() *cobra.Command {
	var client bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the versions of the plugin, of the core it carries and of the cluster",
		Long: `Show the versions of the plugin, of the core it carries and of the cluster.

The cluster is that of the current context, of --context, or the one that --cluster names of otomi.yaml. That it cannot be reached is said, and is no error.`,
		Example: `  kubectl otomi version
  kubectl otomi version --context prod-admin

  # Without asking a cluster, for scripts
  kubectl otomi version --client -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.oneOf("text", "json", "yaml"); err != nil {
				return err
			}
			stack, findings := core.Opener{Embedded: otomi.Core}.Open([]repo.CoreSource{{Source: core.Embedded}}, "")
			if err := findings.Err(); err != nil {
				return err
			}
			v := versions{Client: version, Core: stack[0].Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			c, err := a.versionCluster()
			if err != nil {
				return err
			}
			if !client {
				v.ask(cmd.Context(), func(ctx context.Context) (string, error) { return a.serverVersion(ctx, c) })
			}
			return a.printVersions(v)
		},
	}
	cmd.Flags().BoolVar(&client, "client", false, "do not ask the cluster")
	return cmd
}

// ask waits for the server's version only so long: what logs in on behalf of a kubeconfig may wait for a person.
func (v *versions) ask(ctx context.Context, server func(context.Context) (string, error)) {
	ctx, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	type answer struct {
		version string
		err     error
	}
	answered := make(chan answer, 1)
	go func() {
		version, err := server(ctx)
		answered <- answer{version, err}
	}()
	select {
	case got := <-answered:
		v.Server = got.version
		if got.err != nil {
			v.NoServer = got.err.Error()
		}
	case <-ctx.Done():
		v.NoServer = fmt.Sprintf("no answer within %s", serverPatience)
	}
}

// versionCluster is the cluster of otomi.yaml that the flags name; nil: none is named.
func (a *app) versionCluster() (*repo.Cluster, error) {
	if len(a.clusters) == 0 && !a.all {
		return nil, nil
	}
	_, clusters, err := a.chosen(renderFlags{secrets: "placeholder"})
	if err != nil {
		return nil, err
	}
	if len(clusters) != 1 {
		return nil, usagef("version asks one server; choose one of %s with --cluster", strings.Join(clusterNames(clusters), ", "))
	}
	return clusters[0], nil
}

// serverVersion asks the API server of a cluster; nil: of the current context.
func (a *app) serverVersion(ctx context.Context, c *repo.Cluster) (string, error) {
	config, err := a.restConfig(c)
	if err != nil {
		return "", err
	}
	version, err := cluster.Version(ctx, config)
	if err != nil {
		return "", a.unreached(config, err)
	}
	return version, nil
}

func (a *app) printVersions(v versions) error {
	if a.output == "json" || a.output == "yaml" {
		return a.encode(a.Out, v)
	}
	_, err := fmt.Fprintf(a.Out, "client    %s\ncore      %s\ngo        %s\nplatform  %s\n", v.Client, v.Core, v.Go, v.Platform)
	switch {
	case err != nil:
	case v.Server != "":
		_, err = fmt.Fprintf(a.Out, "server    %s\n", diag.Printable(v.Server))
	case v.NoServer != "":
		// The first line is the cause, the rest advice for who needs a cluster.
		cause, _, _ := strings.Cut(v.NoServer, "\n")
		_, err = fmt.Fprintf(a.Out, "server    none: %s\n", diag.Printable(cause))
	}
	return err
}
