package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// TestEmptyFlagValues: no flag of any command takes an empty value, alone, after another one or in a list, for one that is not there.
// The texts among kubectl's flags may be empty, as they may for kubectl.
func TestEmptyFlagValues(t *testing.T) {
	kubectl := genericclioptions.NewConfigFlags(false)
	kubectl.ClusterName = nil // --cluster is one of otomi.yaml
	kubectls := pflag.NewFlagSet("kubectl", pflag.ContinueOnError)
	kubectl.AddFlags(kubectls)
	checked := map[string]bool{}
	_, root := tree()
	walk(root, func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			mayBe := kubectls.Lookup(f.Name) != nil && strings.HasPrefix(f.Value.Type(), "string")
			checked[f.Name] = true
			for _, args := range emptyValues(f) {
				_, fresh := tree() // flags remember what they were set to
				c, _, err := fresh.Find(strings.Fields(cmd.CommandPath())[2:])
				if err != nil {
					t.Fatal(err)
				}
				err = c.ParseFlags(args)
				switch {
				case mayBe && err != nil:
					t.Errorf("%s %q: %v; for kubectl it may be empty", cmd.CommandPath(), args, err)
				case !mayBe && err == nil:
					t.Errorf("%s %q is taken, want wrong usage", cmd.CommandPath(), args)
				case !mayBe && !strings.HasPrefix(flagError(c, err).Error(), "--"+f.Name+": "):
					t.Errorf("%s %q: %v, want the flag's name", cmd.CommandPath(), args, flagError(c, err))
				}
			}
		})
	})
	for _, name := range []string{"plan-out", "filename", "directory", "yes", "parallel", "context"} {
		if !checked[name] {
			t.Errorf("--%s was not looked at", name)
		}
	}
}

// emptyValues are the ways to give a flag an empty value.
func emptyValues(f *pflag.Flag) [][]string {
	long := "--" + f.Name + "="
	all := [][]string{{long}}
	if f.NoOptDefVal == "" {
		all = append(all, []string{"--" + f.Name, ""})
	}
	if f.Shorthand != "" && f.NoOptDefVal == "" {
		all = append(all, []string{"-" + f.Shorthand, ""})
	}
	if slices.Contains([]string{"string", "stringArray", "stringSlice"}, f.Value.Type()) {
		all = append(all, []string{long + "a", long}, []string{long + " "})
	}
	if f.Value.Type() == "stringSlice" {
		all = append(all, []string{long + "a,,b"}, []string{long + ","})
	}
	return all
}
