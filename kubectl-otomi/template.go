package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	cmd.Flags().StringVar(&outputDir, "output-dir", "", "write a file per object below this `DIR`, as RUNLEVEL/RELEASE/KIND_NAMESPACE_NAME.yaml")
	return cmd
}

func (a *app) template(ctx context.Context, input renderFlags, outputDir string) error {
	if err := a.oneOf("yaml", "json"); err != nil {
		return err
	}
	only, err := input.selection()
	if err != nil {
		return err
	}
	w, clusters, err := a.chosen(input)
	if err != nil {
		return err
	}
	findings := w.findings
	var out bytes.Buffer
	for _, c := range clusters {
		b := w.until(ctx, c, atObjects, time.Time{})
		findings = append(findings, b.findings...)
		if b.findings.Failed() {
			continue
		}
		if err := only.check(b.releases, nil); err != nil {
			return err
		}
		if b.decrypted() {
			findings = append(findings, diag.Infof("secrets-shown", diag.Position{}, "the manifests of %s hold decrypted secrets", c.Name).
				WithHint("--secrets placeholder leaves them out"))
		}
		objects := only.objects(b)
		switch {
		case outputDir != "":
			err = writeFiles(folder(outputDir, c, len(clusters)), objects)
		default:
			if len(clusters) > 1 {
				fmt.Fprintf(&out, "---\n# cluster: %s\n", c.Name)
			}
			err = writeObjects(&out, objects, a.output)
		}
		if err != nil {
			return err
		}
	}
	if findings.Failed() {
		return a.finish(findings)
	}
	a.report(findings)
	_, err = a.product.Write(out.Bytes())
	return err
}

func folder(dir string, c *repo.Cluster, clusters int) string {
	if clusters > 1 {
		return filepath.Join(dir, c.Name)
	}
	return dir
}

// writeObjects writes a YAML stream, or one List in JSON.
func writeObjects(w io.Writer, objects []object.Object, format string) error {
	if format == "json" {
		items := make([]any, len(objects))
		for i, o := range objects {
			items[i] = o.Object
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
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

// writeFiles writes a file per object below dir.
func writeFiles(dir string, objects []object.Object) error {
	for _, o := range objects {
		var text bytes.Buffer
		if err := writeObjects(&text, []object.Object{o}, "yaml"); err != nil {
			return err
		}
		name := filepath.Join(dir, o.Runlevel, o.Release, o.FileName())
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
