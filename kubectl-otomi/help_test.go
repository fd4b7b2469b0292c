package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
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

// TestHelpIsShown runs every command with --help: what it prints is what the page on the commands is made of, its own flags included.
func TestHelpIsShown(t *testing.T) {
	_, root := tree()
	walk(root, func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[2:]
		var out, errs bytes.Buffer
		streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errs}
		if code := run(t.Context(), append(slices.Clone(path), "--help"), streams); code != 0 || errs.Len() > 0 {
			t.Errorf("%s --help exits %d:\n%s", cmd.CommandPath(), code, &errs)
		}
		want := []string{cmd.Long, "\nUsage:\n  kubectl otomi", "\nExamples:\n" + cmd.Example + "\n"}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				want = append(want, "--"+f.Name+" ")
			}
		})
		for _, part := range want {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s --help does not show %q:\n%s", cmd.CommandPath(), part, &out)
			}
		}
	})
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
