package main

import (
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets"
)

// encrypted lists the encrypted files of the repo: what any cluster reads, whatever its name, and YAML files that no cluster
// reads, hidden ones among them, but for those of git itself. A file that is broken is among them, so that somebody hears of
// it. A finding is about the list: it may lack layers.
func (f *repoFiles) encrypted() ([]string, diag.Findings) {
	found := map[string]bool{}
	findings := f.layers(found)
	err := fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path.Base(name) == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular() || path.Ext(name) != ".yaml" && path.Ext(name) != ".yml":
			return nil
		}
		if data, err := f.read(name); err == nil && secrets.Mentioned(data) {
			found[name] = true
		}
		return nil // what cannot be read and is no layer may be anything
	})
	if err != nil {
		findings = append(findings, diag.Errorf("secrets", diag.Position{}, "list the files of the values repo: %v", err))
	}
	return slices.Sorted(maps.Keys(found)), findings
}

// layers adds the encrypted layers of all clusters, and layers that cannot be read.
func (f *repoFiles) layers(found map[string]bool) diag.Findings {
	r, findings := repo.Load(f.disk, f.dir)
	if findings.Failed() {
		return findings
	}
	for i := range r.Clusters {
		files, more := r.Files(f.disk, &r.Clusters[i])
		if more.Failed() && !findings.Failed() { // most of what is wrong with entries is wrong for all clusters
			findings = more
		}
		for _, file := range files {
			name, err := f.name(file.Path)
			if err != nil {
				name = file.Path // a link out of the repo, which reading refuses
			}
			if data, err := f.read(name); err != nil || secrets.Mentioned(data) {
				found[name] = true
			}
		}
	}
	return findings
}
