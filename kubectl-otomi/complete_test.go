package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// tree is the whole command line, with what cobra adds when it runs.
func tree() (*app, *cobra.Command) {
	a := &app{IOStreams: genericiooptions.NewTestIOStreamsDiscard(), kube: genericclioptions.NewConfigFlags(false)}
	a.kube.ClusterName = nil
	return a, a.root()
}

// walk visits every command that users see.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			walk(c, visit)
		}
	}
}

// TestPowerShell: what is printed for the shell that the tests do not run is what cobra makes.
func TestPowerShell(t *testing.T) {
	a, root := tree()
	var want, got bytes.Buffer
	if err := root.GenPowerShellCompletionWithDesc(&want); err != nil {
		t.Fatal(err)
	}
	a.Out = &got
	if err := a.completion(root, "powershell"); err != nil || got.String() != want.String() || want.Len() == 0 {
		t.Errorf("completion powershell prints %d bytes, want %d: %v", got.Len(), want.Len(), err)
	}
}

func TestEveryFlagIsCompleted(t *testing.T) {
	a, root := tree()
	known, used := a.flagWords(), map[string]bool{}
	walk(root, func(cmd *cobra.Command) {
		check := func(f *pflag.Flag) {
			used[f.Name] = true
			if f.Value.Type() != "bool" && known[f.Name] == nil {
				t.Errorf("%s: nothing is said about how --%s is completed", cmd.CommandPath(), f.Name)
			}
		}
		cmd.Flags().VisitAll(check)
		cmd.PersistentFlags().VisitAll(check)
	})
	for name := range known {
		if !used[name] {
			t.Errorf("no command has --%s, which is completed", name)
		}
	}
}

// TestFormatsAreThoseOfTheCommands: what -o is completed to is what the command says it wants.
func TestFormatsAreThoseOfTheCommands(t *testing.T) {
	needs := map[string][]string{"explain": {"a.b"}, "completion": {"bash"}, "secrets decrypt": {"none"}, "secrets encrypt": {"none"}, "secrets edit": {"none"}}
	_, root := tree()
	var commands []string
	walk(root, func(cmd *cobra.Command) {
		if !cmd.HasSubCommands() {
			commands = append(commands, strings.Join(strings.Fields(cmd.CommandPath())[2:], " "))
		}
	})
	said := 0
	for _, command := range append(commands, "diff --against") {
		args := slices.Concat(strings.Fields(command), needs[command], []string{"-o", "nonsense", "-C", t.TempDir()})
		if command == "diff --against" {
			args = []string{"diff", "--against=HEAD", "-o", "nonsense", "-C", t.TempDir()}
		}
		var out bytes.Buffer
		run(t.Context(), args, genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &out})
		var want []string
		if m := regexp.MustCompile(`-o: want (.*), not "nonsense"`).FindStringSubmatch(out.String()); m != nil {
			want = strings.Split(m[1], " or ")
			said++
		}
		if len(want) == 1 {
			want = nil // there is nothing to choose from
		}
		if got := formats(command); !slices.Equal(got, want) {
			t.Errorf("%s -o is completed to %q, and takes %q", command, got, want)
		}
	}
	if said < 15 {
		t.Errorf("only %d commands say what they want", said)
	}
}
