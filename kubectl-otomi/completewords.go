package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/report"
)

// What the shell does with suggestions: it adds no names of files, and with noSpace no space behind a word that goes on.
const (
	noFiles = cobra.ShellCompDirectiveNoFileComp
	noSpace = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
)

// words suggests what is always the same.
func words(all ...cobra.Completion) suggest {
	return func(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return slices.Clone(all), noFiles
	}
}

func yamlFiles(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
}

func anyFile(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

func folders(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// commaSeparated suggests the last of words between commas.
func commaSeparated(one suggest) suggest {
	return func(cmd *cobra.Command, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		found, how := one(cmd, typed[len(before):])
		if before == "" || how&(cobra.ShellCompDirectiveFilterFileExt|cobra.ShellCompDirectiveFilterDirs) != 0 {
			return found, how
		}
		for i := range found {
			found[i] = before + found[i]
		}
		return found, how
	}
}

// formatWords are what -o takes, which every command has of its own.
func (a *app) formatWords(cmd *cobra.Command, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	command := wordsOf(cmd)
	if f := cmd.Flag("against"); f != nil && f.Changed {
		command += " --against"
	}
	return formats(command), noFiles
}

// formats are those of a command; a test asks the commands themselves.
func formats(command string) []string {
	switch command {
	case "apply", "destroy", "rollback":
		return []string{"text", "json", "jsonl"}
	case "diff --against":
		return []string{"text", "markdown", "json"}
	case "diff", "core vendor", "explain":
		return []string{"text", "json"}
	case "version":
		return []string{"text", "json", "yaml"}
	case "status", "inventory show":
		return []string{"table", "wide", "json", "yaml"}
	case "inventory list":
		return []string{"table", "json", "yaml", "name"}
	case "inventory rebuild":
		return []string{"table", "wide"}
	case "history":
		return []string{"table", "json", "yaml"}
	case "policy export", "template", "values":
		return []string{"yaml", "json"}
	case "schema":
		return []string{"json", "yaml"}
	case "policy test":
		return report.TestFormats()
	case "validate":
		return report.Formats()
	default:
		return nil
	}
}
