package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// anyLayer is what --layer means without a file.
const anyLayer = "any"

func (a *app) schemaCmd() *cobra.Command {
	var layer string
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Show the JSON Schema of the values",
		Long: `Show the JSON Schema of the values: those of all cores of a cluster, united.

With --layer it is the loose one for editors. A layer file is partial, so it asks for nothing that another layer may set,
and accepts null, which removes a value. With --layer=FILE it is that of one layer file: where spec.layers fences the file
in, it accepts only what the file may set.

Clusters with the same cores have the same schema. Where they differ, --cluster chooses.`,
		Example: `  # What may be set, and what must be?
  kubectl otomi schema --cluster dev

  # Let an editor complete and check the layer files
  kubectl otomi schema --layer > .otomi/schema/layer.json

  # The same for the file of a team, which may set no more than its own part
  kubectl otomi schema --layer=env/teams/blue.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] != "" && layer == anyLayer {
				return usagef("schema takes no arguments; write --layer=%s", args[0])
			}
			return noArgs(cmd, args)
		},
		RunE: func(*cobra.Command, []string) error { return a.schema(layer) },
	}
	cmd.Flags().StringVar(&layer, "layer", "", "the loose schema of a layer file; with =`FILE` that of this file")
	cmd.Flags().Lookup("layer").NoOptDefVal = anyLayer
	return cmd
}

func (a *app) schema(layer string) error {
	if err := a.oneOf("json", "yaml"); err != nil {
		return err
	}
	a.all = a.all || len(a.clusters) == 0 // mostly they share their cores, and then there is nothing to choose
	w, clusters, err := a.chosen(renderFlags{secrets: "placeholder"})
	if err != nil {
		return err
	}
	findings := w.findings
	var first []byte
	var of []string // the clusters whose schema it is
	for _, c := range clusters {
		document, more := w.document(c, layer)
		findings = append(findings, more...)
		if document == nil {
			continue
		}
		text, err := a.printed(document)
		if err != nil {
			return err
		}
		if first != nil && !bytes.Equal(first, text) {
			return fmt.Errorf("show schema: %s and %s have different ones; choose with --cluster", strings.Join(of, ", "), c.Name)
		}
		first, of = text, append(of, c.Name)
	}
	if first == nil && !findings.Failed() {
		findings = append(findings, diag.Errorf("unread-file", diag.Position{File: layer}, "none of the clusters reads this file").
			WithHint("write the path as it is in otomi.yaml, relative to its folder"))
	}
	if findings.Failed() {
		return findings
	}
	if _, err := a.Out.Write(first); err != nil {
		return err
	}
	return a.finish(findings)
}

// document is the schema of a cluster, or of one of its layers; nil: it is not known, or the cluster does not read the file.
func (w *workspace) document(c *repo.Cluster, layer string) (*source.Node, diag.Findings) {
	stack, findings := w.opener.Open(w.repo.CoreOf(c), c.KubeVersion)
	if findings.Failed() {
		return nil, findings
	}
	s, more := w.cores.schema(stack)
	findings = append(findings, more...)
	switch {
	case findings.Failed():
		return nil, findings
	case layer == "":
		return s.Document(), findings
	case layer == anyLayer:
		return s.Loose(nil), findings
	}
	files, more := w.repo.Files(w.fs, c)
	i := slices.IndexFunc(files, func(f repo.LayerFile) bool { return f.Path == layer })
	if i < 0 {
		return nil, more
	}
	return s.Loose(files[i].Only), append(findings, more...)
}

func (a *app) printed(document *source.Node) ([]byte, error) {
	print := values.Print{Secrets: true} // a schema holds none
	if a.output == "yaml" {
		return print.YAML(document)
	}
	return print.JSON(document)
}
