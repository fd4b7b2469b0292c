package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
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
map it belongs to exists. A value that exists is never changed, and no value is shown.

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
	warned    map[string]*diag.Finding   // by path
	findings  diag.Findings
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
	}
	w, clusters, err := a.chosen(renderFlags{secrets: "decrypt"})
	if err != nil {
		return err
	}
	if !w.loader.Strict { // no .sops.yaml: the values would land in the repo as they are
		return f.config.Check("secrets")
	}
	g := &generation{w: w, files: f, only: file, several: len(clusters) > 1, generator: secrets.NewGenerator(), made: map[string][]secrets.Value{}, warned: map[string]*diag.Finding{}, findings: w.findings}
	for _, c := range clusters {
		b := &built{cluster: c}
		if w.join(b) {
			for _, m := range b.tree.MissingSecrets() {
				g.secret(ctx, b, m)
			}
		}
		g.findings = append(g.findings, b.findings...)
	}
	for _, key := range slices.Sorted(maps.Keys(g.warned)) {
		g.findings = append(g.findings, *g.warned[key])
	}
	if err := a.finish(g.findings); err != nil {
		return err
	}
	return a.writeMade(g, dryRun)
}

// secret makes one value, unless a file that the cluster reads got it for another cluster.
func (g *generation) secret(ctx context.Context, b *built, m values.MissingSecret) {
	where := source.Path(m.Path)
	if m.Secret.Generator == "" || m.Listed {
		f := diag.Warningf("missing-secret", m.Secret.At, "no layer sets this secret, and it has no generator").WithPath(where)
		if m.Listed {
			f.Message = "no layer sets this secret, and what is in a list cannot be generated"
		}
		if g.warned[where] == nil {
			g.warned[where] = &f
		}
		if g.several {
			g.warned[where].Clusters = append(g.warned[where].Clusters, b.cluster.Name)
		}
		return
	}
	file, shared, f := g.target(b, m)
	if shared {
		return
	}
	if !f.Failed() {
		var text string
		if text, f = g.generator.Generate(ctx, m.Secret.Generator, m.Secret.At); !f.Failed() {
			g.w.learn([]string{text}, nil)
			g.made[file] = append(g.made[file], secrets.Value{Path: m.Path, Text: text})
		}
	}
	for i := range f {
		f[i].Path = where
		if g.several {
			f[i].Clusters = []string{b.cluster.Name}
		}
	}
	g.findings = append(g.findings, f...)
}

// target is the file that a value goes into, or that another cluster has put it into.
func (g *generation) target(b *built, m values.MissingSecret) (file string, shared bool, findings diag.Findings) {
	read, _ := g.w.repo.Files(g.w.fs, b.cluster) // what is wrong with the entries is known
	for _, r := range read {
		if holds(g.made[r.Path], m.Path) {
			return "", true, nil
		}
	}
	file = g.only
	if file == "" {
		file = g.place(b, read, m.Path)
	}
	if holds(g.made[file], m.Path) {
		return "", true, nil
	}
	read, _ = g.w.repo.Files(withFile{g.w.fs, file}, b.cluster)
	for _, r := range read {
		if r.Path != file {
			continue
		}
		if len(m.Path) < len(r.Only) || !slices.Equal(m.Path[:len(r.Only)], r.Only) {
			return "", false, diag.Findings{diag.Errorf("generate", m.Secret.At, "%s may set only %s", file, source.Path(r.Only)).WithHint("choose another file: --file FILE")}
		}
		return file, false, nil
	}
	return "", false, diag.Findings{diag.Errorf("generate", m.Secret.At, "this secret would go into %s, which the cluster does not read", file).WithHint("choose a file that it reads: --file FILE")}
}

func holds(made []secrets.Value, at []string) bool {
	return slices.ContainsFunc(made, func(v secrets.Value) bool { return slices.Equal(v.Path, at) })
}

// place is the companion of the highest plain layer that sets the closest map around a value, or the secret layer that does,
// or else the most generic file for secrets.
func (g *generation) place(b *built, read []repo.LayerFile, at []string) string {
	own := func(l values.Layer) bool { // a file of the repo, neither a core's nor a flag
		return !slices.ContainsFunc(g.w.flags, func(flag values.Layer) bool { return flag.File == l.File }) &&
			slices.ContainsFunc(read, func(r repo.LayerFile) bool { return r.Path == l.File.Name })
	}
	for depth := len(at) - 1; depth > 0; depth-- {
		secret := ""
		for _, l := range slices.Backward(b.layers) {
			if n := l.Root.Lookup(at[:depth]...); n == nil || n.Kind != source.Map || !own(l) {
				continue
			}
			if !l.File.Secret {
				return path.Join(path.Dir(l.File.Name), "secrets."+path.Base(l.File.Name))
			}
			if secret == "" {
				secret = l.File.Name
			}
		}
		if secret != "" {
			return secret
		}
	}
	return path.Join(path.Dir(g.w.repo.Layers[0].Files), "secrets.yaml")
}

// writeMade writes the files. All of them are encrypted before the first is written.
func (a *app) writeMade(g *generation, dryRun bool) error {
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
			sealed[file], err = g.files.config.Fill(file, old[file], g.made[file], time.Now())
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

// withFile is a file system in which one more file exists.
type withFile struct {
	fs.FS
	name string
}

// Stat works as fs.StatFS says.
func (f withFile) Stat(name string) (fs.FileInfo, error) {
	if info, err := fs.Stat(f.FS, name); err == nil || name != f.name {
		return info, err
	}
	return fs.Stat(f.FS, "otomi.yaml") // another file
}

// ReadDir works as fs.ReadDirFS says.
func (f withFile) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	if path.Dir(f.name) != name || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(f.name) }) {
		return entries, err
	}
	info, err := f.Stat(f.name)
	if err != nil {
		return nil, err
	}
	return append(entries, named{fs.FileInfoToDirEntry(info), path.Base(f.name)}), nil
}

type named struct {
	fs.DirEntry
	name string
}

// Name is the base name.
func (n named) Name() string { return n.name }
