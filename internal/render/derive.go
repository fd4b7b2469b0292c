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
// template sees what those of lower cores derived. Where there are secrets each runs once more without them: what then comes
// out otherwise is secret too, and what is wrong is said in the words of that run.
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
			findings = append(findings, belowFinding(c.Display, core.Platform, err)...)
			continue
		}
		n, f := r.derived(ctx, coreTemplate{c.FS, name, c.Display}, files)
		findings = append(findings, f...)
		if n == nil || f.Failed() {
			continue
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

// derived is what one template derives, with what depends on secrets marked.
func (r *renderer) derived(ctx context.Context, t coreTemplate, files gotemplate.Files) (*source.Node, diag.Findings) {
	n, findings := r.document(ctx, t, r.data(files))
	held := r.Tree.Withheld()
	if held == r.Tree {
		return n, append(findings, misderived(n)...)
	}
	without, again := r.document(ctx, t, r.dataOf(held, files))
	for i, f := range findings {
		findings[i] = Told(f, again)
	}
	if findings = append(findings, misderived(n)...); n == nil || findings.Failed() {
		return nil, findings
	}
	if again.Failed() {
		without = nil // nobody knows what is free of secrets
	}
	return values.Tainted(n, without), append(findings, r.secretKeys(n, without, t)...)
}

// misderived is an error about derived values that are no map, and a warning about a map that repeats the key it becomes.
func misderived(n *source.Node) diag.Findings {
	switch {
	case n == nil:
	case n.Kind != source.Map:
		return diag.Findings{diag.Errorf("derived-type", n.At(), "derived values are a map, not %s", n.Kind.Article())}
	case len(n.Keys) == 1 && n.Keys[0].Name == "derived":
		return diag.Findings{diag.Warningf("derived-twice", n.Keys[0].At(), "what this template writes becomes the key derived, so this is derived.derived").
			WithHint("leave the key out: write what stands below it in its place")}
	}
	return nil
}
