// Command kubectl-otomi is the kubectl plugin: arguments, a values repo and a cluster go in; results come out on stdout,
// everything else on stderr, and the exit code says how it went (exit.go).
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the credential plugins that kubeconfigs name

	_ "github.com/otomi/kubectl-otomi/internal/garbage" // no collection while the linked packages are initialised
	"github.com/otomi/kubectl-otomi/internal/secrets"
)

// version is stamped by the Makefile.
var version = development

// development is the version of a build that does not know better.
const development = "v0.0.0-dev"

func main() {
	time.Local = time.UTC // a template's date is the same everywhere
	version = installed(version, debug.ReadBuildInfo)
	log.SetOutput(io.Discard) // Helm's libraries write there; what matters comes back as findings
	secrets.Quiet()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}))
}

// installed is the version that go install was asked for, where none was stamped.
func installed(stamped string, read func() (*debug.BuildInfo, bool)) string {
	info, ok := read()
	if stamped != development || !ok || !strings.HasPrefix(info.Main.Version, "v") {
		return stamped
	}
	return info.Main.Version
}
