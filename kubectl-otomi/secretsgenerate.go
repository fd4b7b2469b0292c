package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

func (a *app) secretsGenerateCmd() *cobra.Command {
	var file string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make the secrets that are missing",
		Long: `Make the secrets that are missing: every value that the schema marks x-secret with a generator and that no layer sets, where the
map it belongs to exists. A value that exists is never changed, and no value is shown. Where the schema wants an integer, a number
or a boolean, it is one; a value that the schema refuses is not written, nor is any other.

A value goes into the encrypted companion, secrets.NAME.yaml, of the highest layer that sets the map around it, or into --file.
Clusters that read the same file share the value. Secrets that people choose, without a generator, are listed as warnings.`,
		Example: `  # Which secrets would be made, and where?
  kubectl otomi secrets generate --all-clusters --dry-run

  # Make them
  kubectl otomi secrets generate --all-clusters

  # All those of one cluster, in one file
  kubectl otomi secrets generate --cluster dev --file env/clouds/aws/dev/secrets.yaml`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.generate(cmd.Context(), file, dryRun)
		},
	}
	cmd.Flags().StringVar(&file, "file", "", "the `FILE` that the values go into")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be made, and where")
	return cmd
}

// generation is what a run makes.
type generation struct {
	w         *workspace
	files     *repoFiles
	only      string // --file
	several   bool   // clusters
	generator *secrets.Generator
	made      map[string][]secrets.Value // by file
	found     diag.Findings              // about secrets; those of several clusters once
}

func (a *app) generate(ctx context.Context, file string, dryRun bool) error {
	f, err := a.repoFiles()
	if err != nil {
		return err
	}
	defer f.root.Close() //nolint:errcheck // it was only looked into
	if file != "" {
		if file, err = f.name(file); err != nil {
			return err
		}
		if err := asYAML(file); err != nil {
			return err
		}
	}
	w, clusters, err := a.chosen(renderFlags{secrets: "decrypt"})
	if err != nil {
		return err
	}
	if !w.loader.Strict { // no .sops.yaml: the values would land in the repo as they are
		return f.config.Check("secrets")
	}
	g := &generation{w: w, files: f, only: file, several: len(clusters) > 1, generator: secrets.NewGenerator(), made: map[string][]secrets.Value{}}
	findings := w.findings
	for _, c := range clusters {
		b := &built{cluster: c}
		if w.join(b) {
			g.cluster(ctx, b)
		}
		findings = append(findings, b.findings...)
	}
	if err := a.finish(append(findings, g.found...)); err != nil {
		return err
	}
	return a.writeMade(ctx, g, dryRun)
}

// cluster makes what a cluster lacks.
func (g *generation) cluster(ctx context.Context, b *built) {
	var made []candidate
	for _, m := range b.tree.MissingSecrets() {
		if c, ok := g.secret(ctx, b, m); ok {
			made = append(made, c)
		}
	}
	g.add(b, fit(b, made)...)
	for _, c := range made {
		if !c.shared {
			g.made[c.file] = append(g.made[c.file], c.value)
		}
	}
}

// secret makes one value, unless a file that the cluster reads got it for another cluster.
func (g *generation) secret(ctx context.Context, b *built, m values.MissingSecret) (candidate, bool) {
	where := source.Path(m.Path)
	switch {
	case m.Listed:
		g.add(b, diag.Warningf("missing-secret", m.Secret.At, "no layer sets this secret, and what is in a list cannot be generated").WithPath(where))
		return candidate{}, false
	case m.Secret.Generator == "":
		g.add(b, diag.Warningf("missing-secret", m.Secret.At, "no layer sets this secret, and it has no generator").WithPath(where))
		return candidate{}, false
	}
	c, f := g.target(b, m)
	if !f.Failed() && !c.shared {
		c.value.Path = m.Path
		if c.value.Text, f = g.generator.Generate(ctx, m.Secret.Generator, m.Secret.At); !f.Failed() {
			g.w.learn([]string{c.value.Text}, nil)
		}
	}
	for i := range f {
		f[i].Path = where
	}
	g.add(b, f...)
	return c, !f.Failed()
}

// add notes findings about a cluster's secrets.
func (g *generation) add(b *built, findings ...diag.Finding) {
	for _, f := range findings {
		i := slices.IndexFunc(g.found, func(o diag.Finding) bool { return o.At == f.At && o.Path == f.Path && o.Message == f.Message })
		if i < 0 {
			i, g.found = len(g.found), append(g.found, f)
		}
		if g.several {
			g.found[i].Clusters = append(g.found[i].Clusters, b.cluster.Name)
		}
	}
}

// writeMade writes the files. All of them are encrypted before the first is written.
func (a *app) writeMade(ctx context.Context, g *generation, dryRun bool) error {
	if len(g.made) == 0 {
		_, err := fmt.Fprintln(a.Out, "no secret is to be made")
		return err
	}
	old, sealed := map[string][]byte{}, map[string][]byte{}
	var findings diag.Findings
	for _, file := range slices.Sorted(maps.Keys(g.made)) {
		var err error
		if old[file], err = g.files.read(file); errors.Is(err, fs.ErrNotExist) {
			old[file], err = nil, nil
		}
		if err == nil {
			sealed[file], err = until(ctx, func() ([]byte, error) { return g.files.config.Fill(file, old[file], g.made[file], time.Now()) })
		}
		if err == nil {
			err = a.shut(g.files, file, sealed[file])
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			findings = append(findings, asFindings(file, err)...)
		}
	}
	if err := findings.Err(); err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(g.made)) {
		word := "made"
		if dryRun {
			word = "would be made"
		} else if err := g.files.write(file, sealed[file], old[file]); err != nil {
			return asFindings(file, err)
		}
		for _, v := range g.made[file] {
			if _, err := fmt.Fprintf(a.Out, "%s: %s in %s\n", source.Path(v.Path), word, file); err != nil {
				return err
			}
		}
	}
	return nil
}
