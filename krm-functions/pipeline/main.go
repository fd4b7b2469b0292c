// Command pipeline is a KRM function: the other functions as steps, in one process.
package main

import (
	"context"
	_ "embed"
	"os"

	_ "github.com/otomi/kubectl-otomi/internal/garbage" // no collection while the linked packages are initialised
	"github.com/otomi/kubectl-otomi/krm-functions/internal/catalog"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

//go:embed README.md
var help string

// version is stamped by the Makefile.
var version = "v0.0.0-dev"

func main() {
	os.Exit(krm.Run(context.Background(), catalog.Pipeline(os.DirFS), krm.Process{
		Help: help, Version: version, Executable: os.Executable,
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	}))
}
