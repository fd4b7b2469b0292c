// Command check-policies is a KRM function: items of a ResourceList go in, violations of policies come out.
package main

import (
	"context"
	_ "embed"
	"os"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/checkpolicies"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

//go:embed README.md
var help string

// version is stamped by the Makefile.
var version = "v0.0.0-dev"

func main() {
	os.Exit(krm.Run(context.Background(), checkpolicies.Function(), krm.Process{
		Help: help, Version: version, Executable: os.Executable,
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	}))
}
