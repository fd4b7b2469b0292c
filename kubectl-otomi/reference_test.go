package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// TestReference fails when the page on the commands is not what the commands say of themselves; `make generate/reference` writes it.
func TestReference(t *testing.T) {
	const page = "../docs/reference/commands.md"
	t.Setenv("HOME", "/home/you") // a flag's default is below it
	t.Setenv("KUBECACHEDIR", "")
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	a := &app{IOStreams: streams, kube: genericclioptions.NewConfigFlags(false)}
	a.kube.ClusterName = nil
	want := strings.ReplaceAll(commandsPage(a.root()), "/home/you", "$HOME")
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale, run make generate/reference (-want +got):\n%s", page, diff)
	}
}

// commandsPage is the reference of a command and all below it.
func commandsPage(root *cobra.Command) string {
	var b, sections bytes.Buffer
	b.WriteString("<!-- Made by `make generate/reference` from the commands' own help. -->\n# Commands\n\n" +
		"The same as `kubectl otomi help COMMAND` says. What commands exit with: [exit codes](exit-codes.md); what they need to be allowed: " +
		"[rights](../rbac.md).\n\n| command | does |\n|---|---|\n")
	walk(root, func(c *cobra.Command) {
		path := strings.ReplaceAll(c.CommandPath(), "kubectl-otomi", "kubectl otomi")
		if !c.HasSubCommands() {
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", path, strings.ReplaceAll(path, " ", "-"), c.Short)
		}
		section(&sections, path, c)
	})
	b.Write(sections.Bytes())
	b.WriteString("\n## Flags of every command\n")
	flagsTable(&b, root.PersistentFlags())
	return b.String()
}

// section is what the page says of one command.
func section(b *bytes.Buffer, path string, c *cobra.Command) {
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	usage := strings.ReplaceAll(c.UseLine(), "kubectl-otomi", "kubectl otomi")
	if c.HasSubCommands() {
		usage = path + " [command]"
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n```text\n%s\n```\n", path, strings.ReplaceAll(text, "<", "&lt;"), usage)
	if c.Example != "" {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", unindent(c.Example))
	}
	if !c.HasSubCommands() {
		flagsTable(b, c.NonInheritedFlags())
	}
}

// unindent takes the margin off examples.
func unindent(text string) string {
	return strings.TrimSpace(strings.ReplaceAll("\n"+text, "\n  ", "\n"))
}

func flagsTable(b *bytes.Buffer, flags *pflag.FlagSet) {
	head := "\n| flag | default | meaning |\n|---|---|---|\n"
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		b.WriteString(head)
		head = ""
		kind, meaning := pflag.UnquoteUsage(f)
		name := strings.TrimSpace("--" + f.Name + " " + kind)
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value := ""
		if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" {
			value = "`" + f.DefValue + "`"
		}
		row := strings.NewReplacer("|", `\|`, "\n", " ")
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", row.Replace(name), value, row.Replace(meaning))
	})
}
