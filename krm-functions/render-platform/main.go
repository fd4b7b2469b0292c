// Command render-platform is a KRM function: merged Values in a ResourceList go in, the objects of all runlevels come out.
package main

import (
	"context"
	_ "embed"
	"os"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/renderplatform"
)

//go:embed README.md
var help string

// version is stamped by the Makefile.
var version = "v0.0.0-dev"

func main() {
	os.Exit(krm.Run(context.Background(), renderplatform.Function(), krm.Process{
		Help: help, Version: version, Executable: os.Executable,
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	}))
}
