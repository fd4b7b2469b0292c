package main

import (
	"io/fs"
	"path"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// target is the file that a value goes into, or that another cluster has put it into.
func (g *generation) target(b *built, m values.MissingSecret) (candidate, diag.Findings) {
	read, _ := g.w.repo.Files(g.w.fs, b.cluster) // what is wrong with the entries is known
	for _, r := range read {
		if v, ok := held(g.made[r.Path], m.Path); ok {
			return candidate{m, v, r.Path, true}, nil
		}
	}
	file := g.only
	if file == "" {
		file = g.place(b, read, m.Path)
	}
	if v, ok := held(g.made[file], m.Path); ok {
		return candidate{m, v, file, true}, nil
	}
	if asYAML(file) != nil {
		return candidate{}, diag.Findings{diag.Errorf("generate", m.Secret.At, "this secret would go into %s, which is no YAML by its name", file).WithHint("choose a YAML file that it reads: --file FILE")}
	}
	read, _ = g.w.repo.Files(withFile{g.w.fs, file}, b.cluster)
	for _, r := range read {
		if r.Path != file {
			continue
		}
		if len(m.Path) < len(r.Only) || !slices.Equal(m.Path[:len(r.Only)], r.Only) {
			return candidate{}, diag.Findings{diag.Errorf("generate", m.Secret.At, "%s may set only %s", file, source.Path(r.Only)).WithHint("choose another file: --file FILE")}
		}
		return candidate{MissingSecret: m, file: file}, nil
	}
	return candidate{}, diag.Findings{diag.Errorf("generate", m.Secret.At, "this secret would go into %s, which the cluster does not read", file).WithHint("choose a file that it reads: --file FILE")}
}

// held is the value that was made for a path.
func held(made []secrets.Value, at []string) (secrets.Value, bool) {
	if i := slices.IndexFunc(made, func(v secrets.Value) bool { return slices.Equal(v.Path, at) }); i >= 0 {
		return made[i], true
	}
	return secrets.Value{}, false
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
