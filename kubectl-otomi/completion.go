package main

import (
	"embed"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The programs by which kubectl completes the plugin.
//
//go:embed completion
var completers embed.FS

func (a *app) completionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "completion kubectl | bash | zsh | fish | powershell",
		Short: "Print what makes a shell complete the command line",
		Long: `Print what makes a shell complete the command line: commands, flags, and the clusters, releases, runlevels, value paths,
policies, contexts and runs that there are.

kubectl completes "kubectl otomi" in every shell in which kubectl itself is completed ('kubectl completion --help'), by a program
called kubectl_complete-otomi on the PATH. The release archives hold it; krew does not install it, so print it with
"completion kubectl". It takes kubectl 1.26 or newer.

With bash, zsh, fish or powershell it prints a script for who types kubectl-otomi instead. The one for bash needs the package
bash-completion.

Suggestions come from otomi.yaml and the kubeconfig; a cluster is asked only for namespaces, inventories, runs and applied
objects, and for a second at most.`,
		Example: `  # Complete "kubectl otomi", installed by krew
  kubectl otomi completion kubectl > ~/.krew/bin/kubectl_complete-otomi
  chmod +x ~/.krew/bin/kubectl_complete-otomi

  # On Windows
  kubectl otomi completion kubectl > kubectl_complete-otomi.cmd

  # Complete "kubectl-otomi" in this shell
  source <(kubectl-otomi completion bash)
  source <(kubectl-otomi completion zsh)
  kubectl-otomi completion fish | source`,
		ValidArgs: shells(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shells(), args[0]) {
				return usagef("%s: name one of %s", cmd.CommandPath(), strings.Join(shells(), ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.oneOf("text"); err != nil {
				return err
			}
			return a.completion(cmd.Root(), args[0])
		},
	}
}

func shells() []string { return []string{"kubectl", "bash", "zsh", "fish", "powershell"} }

func (a *app) completion(root *cobra.Command, shell string) error {
	const describe = true
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(a.Out, describe)
	case "zsh":
		return root.GenZshCompletion(a.Out)
	case "fish":
		return root.GenFishCompletion(a.Out, describe)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(a.Out)
	}
	name := "completion/kubectl_complete-otomi"
	if runtime.GOOS == "windows" {
		name += ".cmd"
	}
	script, err := completers.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	_, err = a.Out.Write(script)
	return err
}
