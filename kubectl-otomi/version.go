package main

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	otomi "github.com/otomi/kubectl-otomi"
	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// versions is what `version -o json` prints.
type versions struct {
	Client   string `json:"client"`
	Core     string `json:"core"` // of the embedded core
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the versions of the plugin and of the core it carries",
		Example: `  kubectl otomi version
  kubectl otomi version -o json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.oneOf("text", "json"); err != nil {
				return err
			}
			stack, findings := core.Opener{Embedded: otomi.Core}.Open([]repo.CoreSource{{Source: core.Embedded}}, "")
			if err := findings.Err(); err != nil {
				return err
			}
			v := versions{Client: version, Core: stack[0].Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			if a.output == "json" {
				e := json.NewEncoder(a.Out)
				e.SetIndent("", "  ")
				return e.Encode(v)
			}
			_, err := fmt.Fprintf(a.Out, "client    %s\ncore      %s\ngo        %s\nplatform  %s\n", v.Client, v.Core, v.Go, v.Platform)
			return err
		},
	}
}
