package main

import (
	"context"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// taint says what of the objects depends on secrets: they are rendered once more, with other values in the place of the secret
// ones and of what charts made at random. Texts that differ are not shown from then on. It is asked for where objects are
// shown or talked about, for it takes as long as rendering does.
func (w *workspace) taint(ctx context.Context, b *built) map[object.ID]cluster.Taint {
	held := b.tree.Withheld()
	if held == b.tree && (b.live == nil || !b.live.asked()) {
		return nil
	}
	without := map[object.ID]map[string]any{}
	objects := []object.Object(nil)
	if b.twin != nil {
		objects = b.twin.objects
	} else {
		objects = b.withoutSecrets(ctx, held)
	}
	for _, o := range objects {
		without[o.ID()] = o.Object
	}
	var texts []string
	found := func(text string) {
		if text = strings.TrimSpace(text); len(text) >= shortestText && text != "true" && text != "false" {
			texts = append(texts, text)
		}
	}
	taint := map[object.ID]cluster.Taint{}
	for _, o := range b.objects {
		other, both := without[o.ID()]
		if !both { // it is another, or cannot be made: all but its name may be secret
			other = map[string]any{"apiVersion": o.GetAPIVersion(), "kind": o.GetKind(), "metadata": map[string]any{"name": o.GetName(), "namespace": o.GetNamespace()}}
		}
		if t := cluster.NewTaint(o.Object, any(other), found); t != nil {
			taint[o.ID()] = t
		}
	}
	w.learn(texts, nil)
	return taint
}

// shortestText is from which length a text that secrets went into is looked for in what is said: shorter ones are everywhere.
const shortestText = 4

// otherwise is the rendering's input with other secrets. Placeholders stand for what is random, so that nothing is remembered.
func (b *built) otherwise(held *values.Tree) render.Input {
	in := b.input()
	in.Tree, in.Volatile, in.Unchecked = held, nil, true
	return in
}

// withoutSecrets are the objects as they would be with other secrets, as far as they can be.
func (b *built) withoutSecrets(ctx context.Context, held *values.Tree) []object.Object {
	in := b.otherwise(held)
	in.Hermetic = false // what is made at random is told apart here, not refused
	releases, f := render.Releases(ctx, in)
	if f.Failed() {
		return nil
	}
	objects, _ := render.Objects(ctx, in, releases) // of a release that is missing everything is taken for secret
	if objects, f = patch.Apply(objects, render.Patches(releases), b.cluster.Images.Rewrite); f.Failed() {
		return nil
	}
	if objects, f = b.platform.Exempt(objects, held); f.Failed() {
		return nil
	}
	return objects
}

// withhold hides the words of failed templates that secrets went into, in whatever form: those that would be others with
// other secrets. What is left says where it failed.
func (w *workspace) withhold(ctx context.Context, b *built) {
	held := b.tree.Withheld()
	if held == b.tree {
		return
	}
	in := b.otherwise(held)
	releases, again := render.Releases(ctx, in)
	if !again.Failed() {
		_, more := render.Objects(ctx, in, releases)
		again = append(again, more...)
	}
	again = append(again, b.schema.UnknownApps(b.tree, b.releaseNames())...)
	for i, f := range b.findings {
		if f.Severity == diag.Error {
			b.findings[i] = render.Told(f, again)
		}
	}
}
