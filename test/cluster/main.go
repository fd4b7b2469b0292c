// Command devcluster starts and stops Kubernetes clusters for tests and demos. It is also every process of such a cluster.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/otomi/kubectl-otomi/test/cluster/internal/cli"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	executable, err := os.Executable()
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "devcluster: find program: %v\n", err)
		return 1
	}
	root := cli.New(cli.Host{Out: stdout, Err: stderr, State: defaultState(), Executable: executable})
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "devcluster: %v\n", err)
	}
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return 130
	case errors.Is(err, cli.ErrUsage):
		return 2
	default:
		return 1
	}
}

// defaultState is where the user's programs keep state, or empty where the user has no such place.
func defaultState() string {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		var err error
		if base, err = os.UserCacheDir(); err != nil {
			return ""
		}
	}
	return filepath.Join(base, "kubectl-otomi-devcluster")
}
