package main

import (
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/secrets"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// shut refuses encrypted text in which a value stays readable that the schema calls a secret. A repo that cannot be opened
// keeps nobody from encrypting, but is no proof that all is well.
func (a *app) shut(f *repoFiles, name string, text []byte) error {
	open := secrets.Readable(name, text)
	if open == nil {
		return nil
	}
	source := a.source // excerpts go on being those of the secrets commands
	findings := diag.Findings{unjudged(name)}
	if w, err := a.open(renderFlags{secrets: "placeholder"}); err == nil {
		findings = w.shut(f, name, open)
	}
	a.source = source
	if !findings.Failed() && len(findings) > 0 {
		a.report(findings)
	}
	return findings.Err()
}

// shut has the schemas of those clusters judge what everybody can read in a file that read it, or will.
func (w *workspace) shut(f *repoFiles, name string, open *source.Node) diag.Findings {
	var out diag.Findings
	seen := map[string]bool{}
	for _, c := range readers(w.repo, f, name) {
		stack, findings := w.opener.Open(w.repo.CoreOf(c), c.KubeVersion)
		if findings.Failed() {
			return diag.Findings{unjudged(name)}
		}
		schema, findings := w.cores.schema(stack)
		if findings.Failed() {
			return diag.Findings{unjudged(name)}
		}
		for _, b := range values.Bares(open, schema.Rules()) {
			if path := source.Path(b.Path); !seen[path] {
				seen[path] = true
				out = append(out, f.readable(name, path, b.Secret.At))
			}
		}
	}
	return out
}

// readable says that a secret would be written readable, and which rule wants it so.
func (f *repoFiles) readable(name, path string, schema diag.Position) diag.Finding {
	at, setting := f.config.Setting(name)
	return diag.Errorf("readable-secret", diag.Position{File: name}, "this secret would be written readable: %s", setting).WithPath(path).
		WithNote(at, "the creation rule for this file").
		WithNote(schema, "the schema says that it is a secret").
		WithHint("change the rule so that it encrypts this value; a file that is encrypted already follows it with: kubectl otomi secrets rekey %s", diag.ShellWord(name))
}

func unjudged(name string) diag.Finding {
	return diag.Warningf("unknown-secrets", diag.Position{File: name}, "some values stay readable, and no schema can be read that tells whether they are secrets").
		WithHint("kubectl otomi validate says what is wrong")
}

// readers are the clusters that read a file, or will when it is there; all of them where none does.
func readers(r *repo.Repo, f *repoFiles, name string) []*repo.Cluster {
	var all, some []*repo.Cluster
	for i := range r.Clusters {
		c := &r.Clusters[i]
		all = append(all, c)
		files, _ := r.Files(withFile{f.disk, name}, c) // what is wrong with the entries is said elsewhere
		if slices.ContainsFunc(files, func(file repo.LayerFile) bool { return file.Path == name }) {
			some = append(some, c)
		}
	}
	if len(some) > 0 {
		return some
	}
	return all
}
