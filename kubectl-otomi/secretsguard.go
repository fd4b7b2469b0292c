package main

import (
	"path"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets"
)

const ruleNoLayer = "no-layer"

// asYAML refuses files that would not be YAML by their name: that is what is written.
func asYAML(name string) error {
	at := diag.Position{File: name}
	switch path.Ext(name) {
	case ".yaml", ".yml":
		return nil
	case ".json":
		return diag.Findings{diag.Errorf(ruleNoLayer, at, "a layer is YAML, and this file would no longer be JSON").WithHint("write the values into secrets.NAME.yaml")}
	default:
		return diag.Findings{diag.Errorf(ruleNoLayer, at, "a layer is YAML, and this file is none by its name").WithHint("call it secrets.NAME.yaml")}
	}
}

// asLayer refuses to encrypt what others than the values read, and warns where no cluster reads it either.
func (a *app) asLayer(f *repoFiles, name string) error {
	at := diag.Position{File: name}
	if name == repo.FileName || name == secrets.ConfigFile {
		return diag.Findings{diag.Errorf(ruleNoLayer, at, "this file is no layer; encrypted, nobody could read the values repo").WithHint("write secrets into env/secrets.NAME.yaml")}
	}
	if err := asYAML(name); err != nil {
		return err
	}
	r, findings := repo.Load(f.disk, a.dir)
	if findings.Failed() { // a layer that is to be encrypted need not wait until otomi.yaml is right
		r = &repo.Repo{Core: []repo.CoreSource{{Source: "."}}}
	}
	if in := coreOf(r, name); in != "" {
		return diag.Findings{diag.Errorf(ruleNoLayer, at, "this file belongs to the core %s, whose files are read as they are", in).WithHint("write secrets into a layer")}
	}
	if !findings.Failed() && !isRead(r, f, name) {
		a.report(diag.Findings{diag.Warningf("unread-file", at, "no cluster reads this file").WithHint("name it in spec.layers, or move it to a folder that is a layer")})
	}
	return nil
}

// coreOf is the core in the repo that a file belongs to, or "".
func coreOf(r *repo.Repo, name string) string {
	sources := slices.Clone(r.Core)
	for i := range r.Clusters {
		sources = append(sources, r.Clusters[i].Core...)
	}
	for _, s := range sources {
		for _, folder := range []string{core.Charts, core.Platform, core.Policies} {
			if s.Source != core.Embedded && strings.HasPrefix(name, path.Join(s.Source, folder)+"/") {
				return s.Source
			}
		}
	}
	return ""
}

// isRead reports whether a cluster reads a file, or will when it is there.
func isRead(r *repo.Repo, f *repoFiles, name string) bool {
	return slices.ContainsFunc(r.Clusters, func(c repo.Cluster) bool {
		files, _ := r.Files(withFile{f.disk, name}, &c) // what is wrong with the entries is said elsewhere
		return slices.ContainsFunc(files, func(file repo.LayerFile) bool { return file.Path == name })
	})
}
