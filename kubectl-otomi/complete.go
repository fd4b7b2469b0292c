package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// suggest is what a word of the command line may become. It never fails: where something is broken there is nothing to suggest,
// and the command itself says what.
type suggest func(cmd *cobra.Command, typed string) ([]cobra.Completion, cobra.ShellCompDirective)

// complete tells cobra how to complete the flags and arguments of a command and of those below it. A test holds that it knows
// every one. The flags' words are those of flagWords.
func (a *app) complete(cmd *cobra.Command, flags map[string]suggest) {
	register := func(f *pflag.Flag) {
		if words := flags[f.Name]; words != nil && f.Value.Type() != "bool" {
			if f.Value.Type() == "stringSlice" {
				words = commaSeparated(words)
			}
			_ = cmd.RegisterFlagCompletionFunc(f.Name, words.cobra(0)) // fails only where it is done twice
		}
	}
	cmd.Flags().VisitAll(register)
	cmd.PersistentFlags().VisitAll(register)
	if cmd.ValidArgs == nil {
		path := strings.Join(strings.Fields(cmd.CommandPath())[2:], " ")
		cmd.ValidArgsFunction = a.argumentWords(path)
	}
	for _, c := range cmd.Commands() {
		a.complete(c, flags)
	}
}

// cobra is the function that cobra calls; most is how many arguments there can be, 0 for any number.
func (s suggest) cobra(most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		words, how := s(cmd, typed)
		if how&(cobra.ShellCompDirectiveFilterFileExt|cobra.ShellCompDirectiveFilterDirs) == 0 {
			words = slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, typed) })
		}
		return words, how
	}
}

// argumentWords are those of a command's arguments.
func (a *app) argumentWords(command string) cobra.CompletionFunc {
	switch command {
	case "explain":
		return suggest(a.pathWords).cobra(0)
	case "rollback":
		return suggest(a.runWords).cobra(1)
	case "inventory show", "inventory rebuild":
		return suggest(a.inventoryWords).cobra(1)
	case "init", "core vendor":
		return suggest(folders).cobra(1)
	case "policy test":
		return suggest(anyFile).cobra(0)
	case "secrets decrypt", "secrets edit":
		return suggest(yamlFiles).cobra(1)
	case "secrets encrypt", "secrets rekey":
		return suggest(yamlFiles).cobra(0)
	default:
		return cobra.NoFileCompletions
	}
}

// flagWords are those of flags that take a value, by their names, which mean the same in every command.
func (a *app) flagWords() map[string]suggest {
	known := map[string]suggest{
		"cluster": a.clusterWords, "release": a.releaseWords, "runlevel": a.runlevelWords, "selector": a.selectorWords, "set": a.setWords,
		"override": a.policyWords, "output": a.formatWords,
		"context": a.contextWords, "user": a.userWords, "namespace": a.namespaceWords, "inventory": a.inventoryWords, "recreate": a.objectWords,
		"dry-run": words("none", "client", "server"), "gate": words("changed", "all", "none"), "secrets": words("decrypt", "placeholder"),
		"adopt": words("all", "unowned", "helm", "helm:", "kapp:", "kpt:"), "only": words("values", "manifests", "policies"),
		"policy-preset": words("privileged", "baseline", "restricted"), "enforcement": words("deny", "warn", "dryrun"),
		"load-restrictor": words(rootOnly, unrestricted),
	}
	for _, name := range []string{"values", "filename", "plan", "plan-out", "parameters", "baseline", "layer", "file"} {
		known[name] = yamlFiles
	}
	for _, name := range []string{"kubeconfig", "certificate-authority", "client-certificate", "client-key"} {
		known[name] = anyFile
	}
	for _, name := range []string{"directory", "kustomize", "output-dir", "policies", "cache-dir"} {
		known[name] = folders
	}
	for _, name := range untold() {
		known[name] = words()
	}
	return known
}

// untold are the flags whose values nobody but the user knows.
func untold() []string {
	return []string{
		"age", "allow-unknown-kinds", "as", "as-group", "as-uid", "as-user-extra", "cloud", "domain", "gatekeeper-namespace",
		"kube-version", "lock-expiry", "lock-timeout", "max-prune", "name", "parallel", "proxy-url", "reason", "request-timeout", "run", "server",
		"timeout", "tls-server-name", "token", "against",
	}
}
