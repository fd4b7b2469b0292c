package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// checkGlobal refuses flags and arguments of every command where they would mean nothing.
func (a *app) checkGlobal(cmd *cobra.Command, args []string) error {
	if slices.ContainsFunc(args, blank) && !cmd.DisableFlagParsing { // as cobra completes words, of which the last may be empty
		return usagef("%s: an argument is empty (is a variable of the shell not set?)", cmd.CommandPath())
	}
	if !cmd.HasSubCommands() && formats(wordsOf(cmd)) == nil {
		if err := a.oneOf("text"); err != nil {
			return err
		}
	}
	return checkNamespace(cmd)
}

// wordsOf are the words of a command after the program's name.
func wordsOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), "kubectl otomi ")
}

// listFormats makes the help of each command list what its -o takes.
func (a *app) listFormats(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		a.listFormats(sub)
	}
	list := formats(wordsOf(cmd))
	if len(list) == 0 {
		return
	}
	usage := "output `FORMAT`: " + strings.Join(list, ", ") + " (default " + list[0] + ")"
	if cmd.Flags().Lookup("against") != nil {
		usage += "; with --against " + strings.Join(formats(wordsOf(cmd)+" --against"), ", ")
	}
	cmd.Flags().StringVarP(&a.output, "output", "o", "", usage)
}

// helpCmd is cobra's, which takes a topic that there is not for none.
func helpCmd(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		Long:  "Help about any command: the same as COMMAND --help.",
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			of, _, err := root.Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []cobra.Completion
			for _, c := range of.Commands() {
				if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), typed) {
					names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			of, rest, err := root.Find(args)
			if err == nil {
				err = noArgs(of, rest)
			}
			if err != nil {
				return err
			}
			of.InitDefaultHelpFlag()
			return of.Help()
		},
	}
}

// checkNamespace refuses --namespace where it would mean nothing: kubectl would work in that namespace then, and this would not.
func checkNamespace(cmd *cobra.Command) error {
	flags := cmd.Flags()
	set := flags.Lookup("inventory")
	switch {
	case !flags.Changed("namespace"), flags.Changed("filename"), flags.Changed("kustomize"), cmd.Name() == "list":
		return nil
	case set != nil && flags.Lookup("filename") == nil:
		return usagef("--namespace is for -f and -k: objects are where they were applied; name the namespace of a set with --inventory NAMESPACE/NAME")
	}
	return usagef("--namespace is for -f and -k: what a values repo makes is in the namespaces of its releases")
}
