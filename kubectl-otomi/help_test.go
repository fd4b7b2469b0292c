package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpIsComplete: every command says what it does and shows it by examples, which its own flags and arguments can read.
func TestHelpIsComplete(t *testing.T) {
	_, root := tree()
	examples := 0
	walk(root, func(cmd *cobra.Command) {
		if cmd.Short == "" || cmd.Long == "" || cmd.Example == "" {
			t.Errorf("%s: want Short, Long and Example", cmd.CommandPath())
		}
		own := false
		for _, args := range invocations(cmd.Example) {
			examples++
			own = own || strings.HasPrefix(strings.Join(append([]string{"kubectl otomi"}, args...), " "), cmd.CommandPath())
			checkInvocation(t, cmd, args)
		}
		if !own {
			t.Errorf("%s: no example shows the command", cmd.CommandPath())
		}
	})
	if examples < 50 {
		t.Errorf("only %d examples were found", examples)
	}
}

// checkInvocation parses an example as the program would.
func checkInvocation(t *testing.T, of *cobra.Command, args []string) {
	_, root := tree() // flags remember what they were set to
	root.InitDefaultHelpFlag()
	cmd, rest, err := root.Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Errorf("%s: the example %q: %v", of.CommandPath(), strings.Join(args, " "), err)
	}
}

// invocations are the arguments of each time that an example runs the plugin.
func invocations(example string) [][]string {
	var all [][]string
	for line := range strings.Lines(example) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, part := range regexp.MustCompile(`\|\|?|&&|;|>|<\(|\$\(|\)`).Split(line, -1) {
			words := regexp.MustCompile(`(?:'[^']*'|"[^"]*"|[^\s'"])+`).FindAllString(part, -1)
			for i, w := range words {
				words[i] = strings.NewReplacer(`'`, "", `"`, "").Replace(w)
			}
			switch {
			case len(words) > 1 && words[0] == "kubectl" && words[1] == "otomi":
				all = append(all, words[2:])
			case len(words) > 0 && words[0] == "kubectl-otomi":
				all = append(all, words[1:])
			}
		}
	}
	return all
}
