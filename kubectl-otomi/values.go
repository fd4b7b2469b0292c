package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otomi/kubectl-otomi/internal/values"
)

// input adds the flags that say which values are merged.
func (f *renderFlags) input(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.values, "values", nil, "a values `FILE` that is merged over the layers; repeatable")
	flags.StringArrayVar(&f.set, "set", nil, "a value in Helm's syntax, `PATH=VALUE`, merged last; repeatable")
	flags.StringVar(&f.secrets, "secrets", "decrypt", "what to do with encrypted values: decrypt or placeholder")
}

func (a *app) valuesCmd() *cobra.Command {
	var input renderFlags
	var print values.Print
	var noDefaults bool
	cmd := &cobra.Command{
		Use:   "values",
		Short: "Show the merged values of a cluster",
		Long: `Show the merged values of a cluster: schema defaults, the core's defaults, the layers of the values repo from generic to
specific, --values and --set, the cluster's facts and what the core derives from all of them.

Secret values are shown as <redacted>, unless --show-secrets is given.`,
		Example: `  # The values of the cluster dev
  kubectl otomi values --cluster dev

  # Where does each value come from?
  kubectl otomi values --cluster dev --origin

  # What would they be with another replica count?
  kubectl otomi values --cluster dev --set apps.hello.replicas=3 -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.values(cmd.Context(), input, print, noDefaults)
		},
	}
	input.input(cmd.Flags())
	cmd.Flags().BoolVar(&print.Secrets, "show-secrets", false, "show secret values")
	cmd.Flags().BoolVar(&print.Origin, "origin", false, "show the file, line and column of each value as a comment (YAML only)")
	cmd.Flags().BoolVar(&noDefaults, "no-defaults", false, "leave the schema's defaults out")
	return cmd
}

func (a *app) values(ctx context.Context, input renderFlags, print values.Print, noDefaults bool) error {
	if err := a.oneOf("yaml", "json"); err != nil {
		return err
	}
	if print.Origin && a.output == "json" {
		return usagef("--origin: JSON has no comments; leave out -o json")
	}
	w, clusters, err := a.chosen(input)
	if err != nil {
		return err
	}
	shared := sharing{findings: w.findings, several: len(clusters) > 1, at: map[string]int{}}
	out := documents{format: a.output, single: len(clusters) == 1}
	for _, c := range clusters {
		b := w.until(ctx, c, atTree, time.Time{})
		shared.add(c.Name, b.findings)
		if b.tree == nil {
			continue
		}
		tree := b.tree
		if noDefaults {
			tree = w.withoutDefaults(b)
		}
		if err := out.add(c.Name, print, tree); err != nil {
			return err
		}
	}
	if err := out.write(a.product); err != nil {
		return err
	}
	return a.finish(shared.findings)
}

// documents collects trees by cluster: one tree is the document, several are documents in a stream, or in JSON the members
// of one map.
type documents struct {
	format string
	single bool
	yaml   bytes.Buffer
	json   map[string]json.RawMessage
	only   []byte
}

func (d *documents) add(cluster string, print values.Print, tree *values.Tree) error {
	if d.format == "json" {
		data, err := print.JSON(tree.Root)
		if d.json == nil {
			d.json = map[string]json.RawMessage{}
		}
		d.json[cluster], d.only = data, data
		return err
	}
	data, err := print.YAML(tree.Root)
	if !d.single {
		fmt.Fprintf(&d.yaml, "---\n# cluster: %s\n", cluster)
	}
	d.yaml.Write(data)
	return err
}

func (d *documents) write(w io.Writer) error {
	data := d.yaml.Bytes()
	switch {
	case d.format == "json" && d.single:
		data = d.only
	case d.format == "json":
		var err error
		if data, err = json.MarshalIndent(d.json, "", "  "); err != nil {
			return err
		}
		data = append(data, '\n')
	}
	_, err := w.Write(data)
	return err
}
