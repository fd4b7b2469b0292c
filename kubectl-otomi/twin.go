package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/policy"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// other is what the line would have made with other secrets; nil where there are none. It is made when the first check finds
// something.
func (b *built) other(ctx context.Context) *built {
	if b.twin == nil {
		held := b.tree.Withheld()
		if held == b.tree {
			return nil
		}
		twin := *b
		twin.tree, twin.objects = held, b.withoutSecrets(ctx, held)
		b.twin = &twin
	}
	return b.twin
}

// quiet takes secrets out of what a check found, however short they are: what it does not say of the objects with other secrets
// depends on them, and is not put into words.
func (b *built) quiet(ctx context.Context, found []diag.Findings, check func(*built) diag.Findings) {
	if !slices.ContainsFunc(found, func(f diag.Findings) bool { return len(f) > 0 }) {
		return
	}
	if b.withheld() {
		b.doubt(found)
	}
	other := b.other(ctx)
	if other == nil {
		return
	}
	said := map[string]bool{}
	for _, f := range check(other) {
		said[spoken(f)] = true
	}
	objects := map[string]object.Object{}
	for _, o := range other.objects {
		objects[o.ID().String()] = o
	}
	public := map[string]bool{}
	for _, p := range b.policies.Policies() {
		public[p.Fix] = true
	}
	for _, list := range found {
		for i, f := range list {
			if said[spoken(f)] || f.Message == notChecked {
				continue
			}
			f.Message, f.Proposed = policy.Withheld, ""
			if !public[f.Hint] {
				f.Hint = ""
			}
			if !has(objects[f.Object], f.Path) {
				f.Path = ""
			}
			list[i] = f
		}
	}
}

// spoken is what a finding says, but for its place.
func spoken(f diag.Finding) string {
	return fmt.Sprintf("%q", []any{f.Severity.String(), f.Rule, f.Object, f.Path, f.Message, f.Hint, f.Proposed})
}

// has reports whether there is an object, and a field of it at a path.
func has(o object.Object, path string) bool {
	parts, err := source.ParsePath(path)
	if err != nil || o.Unstructured == nil {
		return false
	}
	_, there := object.Field(o.Object, parts)
	return there
}
