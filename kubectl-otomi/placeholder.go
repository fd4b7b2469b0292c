package main

import (
	"context"
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// withheld reports whether placeholders stand for secret values.
func (b *built) withheld() bool {
	return slices.ContainsFunc(b.layers, func(l values.Layer) bool { return l.File.Secret && withheld(l.Root) })
}

func withheld(n *source.Node) bool {
	return n != nil && (n.Kind == source.String && n.Text == values.Placeholder || slices.ContainsFunc(n.Items, withheld))
}

// render makes the objects. Where placeholders stand for secrets, a failure that is another with something else in their place says
// nothing about the secrets: what failed for that reason is not checked, and the rest goes on.
func (b *built) render(ctx context.Context) ([]object.Object, diag.Findings) {
	objects, findings := render.Objects(ctx, b.input(), b.releases)
	if !findings.Failed() || !b.withheld() {
		return objects, findings
	}
	again := make([]diag.Findings, len(standIns()))
	for i, n := range standIns() {
		in := b.input()
		in.Tree = standIn(b.tree, n)
		releases, f := render.Releases(ctx, in)
		if !f.Failed() {
			_, f = render.Objects(ctx, in, releases)
		}
		again[i] = f
	}
	unsure := false
	for i, f := range findings {
		fixed := !strings.Contains(f.Message, values.Placeholder) &&
			!slices.ContainsFunc(again, func(other diag.Findings) bool { return !saidBy(other, f) })
		if f.Severity == diag.Error && !fixed {
			findings[i], unsure = doubtful(f), true
		}
	}
	if unsure && !findings.Failed() { // as far as they can be made
		in := b.input()
		in.Unchecked = true
		objects, _ = render.Objects(ctx, in, b.releases)
	}
	return objects, findings
}

// notChecked is what there is to say of a secret that nobody can read.
const notChecked = "this was not checked: a placeholder stands for a secret"

func doubtful(f diag.Finding) diag.Finding {
	f.Severity, f.Message, f.Hint, f.Proposed = diag.Info, notChecked, "", ""
	return f
}

// doubt lowers what checks found in placeholders.
func (b *built) doubt(found []diag.Findings) {
	objects := make(map[string]object.Object, len(b.objects))
	for _, o := range b.objects {
		objects[o.ID().String()] = o
	}
	for _, list := range found {
		for i, f := range list {
			o, known := objects[f.Object]
			if strings.Contains(f.Message, values.Placeholder) || known && holdsPlaceholder(o, f.Path) {
				list[i] = doubtful(f)
			}
		}
	}
}

func saidBy(list diag.Findings, f diag.Finding) bool {
	return slices.ContainsFunc(list, func(other diag.Finding) bool { return spoken(other) == spoken(f) })
}

// standIns are what a secret might be instead of a placeholder.
func standIns() []source.Node {
	return []source.Node{{Kind: source.Int, Text: "1"}, {Kind: source.Bool, Text: "true"}, {Kind: source.String, Text: "/x"}}
}

// standIn is the tree with a value in the place of each placeholder.
func standIn(t *values.Tree, other source.Node) *values.Tree {
	var replace func(n *source.Node) *source.Node
	replace = func(n *source.Node) *source.Node {
		c := *n
		if n.Kind == source.String && strings.Contains(n.Text, values.Placeholder) {
			c.Kind, c.Text = other.Kind, other.Text
		}
		c.Items = make([]*source.Node, len(n.Items))
		for i, item := range n.Items {
			c.Items[i] = replace(item)
		}
		return &c
	}
	return &values.Tree{Root: replace(t.Root), Layers: t.Layers, Rules: t.Rules}
}
