package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

func (a *app) templateCmd() *cobra.Command {
	var input renderFlags
	var outputDir string
	cmd := &cobra.Command{
		Use:   "template",
		Short: "Show the manifests of a cluster",
		Long: `Show the manifests of a cluster, in the order in which they are applied. No cluster is needed: the Kubernetes version is the
one that otomi.yaml names.

Decrypted secrets are part of the manifests; --secrets placeholder leaves them out and needs no key.`,
		Example: `  # All manifests of the cluster dev
  kubectl otomi template --cluster dev

  # Those of one team, a file per object
  kubectl otomi template --cluster dev -l team=blue --output-dir out`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.template(cmd.Context(), input, outputDir)
		},
	}
	input.input(cmd.Flags())
	input.selecting(cmd.Flags())
	cmd.Flags().StringVar(&outputDir, "output-dir", "", "write a file per object below this `DIR`, as [CLUSTER/]RUNLEVEL/RELEASE/KIND_NAMESPACE_NAME.yaml, and remove those of the run before")
	return cmd
}

func (a *app) template(ctx context.Context, input renderFlags, dir string) error {
	if err := a.oneOf("yaml", "json"); err != nil {
		return err
	}
	if dir != "" && a.output != "yaml" {
		return usagef("-o: the files of --output-dir are YAML")
	}
	only, err := input.selection()
	if err != nil {
		return err
	}
	w, clusters, err := a.chosen(input)
	if err != nil {
		return err
	}
	t := templated{w: w, only: only, findings: w.findings, clusters: len(clusters)}
	if dir != "" {
		if t.dir, err = openOutput(dir); err != nil {
			return err
		}
	}
	for _, c := range clusters {
		if err := t.cluster(ctx, c, a.output); err != nil {
			return err
		}
	}
	if t.findings.Failed() {
		return a.finish(t.findings)
	}
	a.report(t.findings)
	if t.dir == nil {
		_, err = a.product.Write(t.out.Bytes())
		return err
	}
	if err := t.dir.write(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.ErrOut, t.dir.summary())
	return err
}

// templated is what template has rendered so far.
type templated struct {
	w        *workspace
	only     selection
	clusters int // how many there are
	findings diag.Findings
	out      bytes.Buffer
	dir      *outputDir // nil: all goes to out
}

func (t *templated) cluster(ctx context.Context, c *repo.Cluster, format string) error {
	b := t.w.until(ctx, c, atObjects, time.Time{})
	t.findings = append(t.findings, b.findings...)
	if b.findings.Failed() {
		return nil
	}
	if err := t.only.check(b.releases); err != nil {
		return err
	}
	secret := b.decrypted() && !b.withheld()
	if secret {
		t.findings = append(t.findings, diag.Infof("secrets-shown", diag.Position{}, "the manifests of %s hold decrypted secrets", c.Name).
			WithHint("--secrets placeholder leaves them out"))
	}
	objects := t.only.objects(b)
	if t.dir != nil {
		folder := ""
		if t.clusters > 1 {
			folder = c.Name
		}
		return t.dir.add(folder, objects, secret)
	}
	if t.clusters > 1 {
		fmt.Fprintf(&t.out, "---\n# cluster: %s\n", c.Name)
	}
	return writeObjects(&t.out, objects, format)
}

// writeObjects writes a YAML stream, or one List in JSON.
func writeObjects(w io.Writer, objects []object.Object, format string) error {
	if format == "json" {
		items := make([]any, len(objects))
		for i, o := range objects {
			items[i] = o.Object
		}
		return writeJSON(w, map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	}
	for _, o := range objects {
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			return fmt.Errorf("write %s: %w", o.ID(), err)
		}
		if _, err := fmt.Fprintf(w, "---\n%s", text); err != nil {
			return err
		}
	}
	return nil
}
