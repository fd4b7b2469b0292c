// Command render-templates is a KRM function: Go templates and merged Values in a ResourceList go in, the objects that they write come out.
package main

import (
	"context"
	_ "embed"
	"os"

	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/rendertemplates"
)

//go:embed README.md
var help string

// version is stamped by the Makefile.
var version = "v0.0.0-dev"

func main() {
	os.Exit(krm.Run(context.Background(), rendertemplates.Function(), krm.Process{
		Help: help, Version: version, Executable: os.Executable,
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	}))
}
