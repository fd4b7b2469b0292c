package render

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Derive runs each core's platform/derived.gotmpl, low to high, and merges what it renders into the tree as `derived`. A
// template sees what those of lower cores derived. Where there are secrets each runs once more without them: what then comes
// out otherwise is secret too.
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
		if held := r.Tree.Withheld(); held != r.Tree {
			without, f := r.document(ctx, coreTemplate{c.FS, name, c.Display}, r.dataOf(held, files))
			if f.Failed() {
				without = nil // nobody knows what is free of secrets
			}
			n = values.Tainted(n, without)
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
