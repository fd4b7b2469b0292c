package render

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Derive runs each core's platform/derived.gotmpl, low to high, and merges what it renders into the tree as `derived`. A
// template sees what those of lower cores derived. What depends on a secret is one: see withoutSecrets.
func Derive(ctx context.Context, in Input) (*values.Tree, diag.Findings) {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return in.Tree, findings
	}
	name := path.Join(core.Platform, "derived.gotmpl")
	for _, c := range in.Core {
		if _, err := fs.Stat(c.FS, name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		files, err := filesBelow(c.FS, core.Platform)
		if err != nil {
			findings = append(findings, readFinding(c.Display(core.Platform), err)...)
			continue
		}
		n, f := r.document(ctx, coreTemplate{c.FS, name, c.Display}, r.data(files))
		findings = append(findings, f...)
		if n == nil || f.Failed() {
			continue
		}
		if n.Kind != source.Map {
			findings = append(findings, diag.Errorf("derived-type", n.At(), "derived values are a map, not %s", n.Kind.Article()))
			continue
		}
		if r.Tree.Secret() {
			n = values.Tainted(n, r.withoutSecrets(ctx, coreTemplate{c.FS, name, c.Display}, files))
		}
		file := &source.File{Name: c.Display(name)}
		root := &source.Node{
			Kind: source.Map, File: file,
			Keys:  []source.Key{{Name: "derived", File: file}},
			Items: []*source.Node{n},
		}
		var more diag.Findings
		r.Tree, more = r.Tree.With(values.Layer{File: file, Root: root})
		findings = append(findings, more...)
	}
	return r.Tree, r.secrets.Findings(findings)
}

// withoutSecrets is what a template makes of the tree with placeholders for its secrets; nil where it cannot: then nobody
// knows what of its result is free of them.
func (r *renderer) withoutSecrets(ctx context.Context, t coreTemplate, files gotemplate.Files) *source.Node {
	n, findings := r.document(ctx, t, r.dataOf(r.Tree.Withheld(), files))
	if findings.Failed() {
		return nil
	}
	return n
}
