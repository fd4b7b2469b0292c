package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
)

// meant is the values repo and the cluster that the command line is about, the first where it does not say; nil where there is
// no values repo that can be read. No secret is decrypted.
func (a *app) meant() (*workspace, *repo.Cluster) {
	w, err := a.open(renderFlags{secrets: "placeholder"})
	if err != nil {
		return nil, nil
	}
	clusters, _ := w.repo.Choose(repo.Choice{Names: a.clusters, All: a.all, Current: a.currentContext()})
	if len(clusters) == 0 {
		return w, &w.repo.Clusters[0]
	}
	return w, clusters[0]
}

// releases are those of the meant cluster.
func (a *app) releases(ctx context.Context) []render.Release {
	w, c := a.meant()
	if w == nil {
		return nil
	}
	b := &built{cluster: c}
	if !w.merge(ctx, b, false) {
		return nil
	}
	releases, _ := render.Releases(ctx, b.input())
	return releases
}

func (a *app) clusterWords(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	w, _ := a.meant()
	if w == nil {
		return nil, noFiles
	}
	var found []cobra.Completion
	for _, c := range w.repo.Clusters {
		found = append(found, cobra.CompletionWithDesc(c.Name, cmp.Or(c.Domain, c.Cloud)))
	}
	return found, noFiles
}

func (a *app) releaseWords(cmd *cobra.Command, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, r := range a.releases(cmd.Context()) {
		found = append(found, cobra.CompletionWithDesc(r.Name, "runlevel "+r.Runlevel))
	}
	return found, noFiles
}

// runlevelWords are NN, or after "NN-" the ends of a range.
func (a *app) runlevelWords(cmd *cobra.Command, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	names := map[string][]string{}
	for _, r := range a.releases(cmd.Context()) {
		names[r.Runlevel] = append(names[r.Runlevel], r.Name)
	}
	from, _, ranges := strings.Cut(typed, "-")
	var found []cobra.Completion
	for _, level := range slices.Sorted(maps.Keys(names)) {
		word := level
		if ranges && level < from {
			continue
		} else if ranges {
			word = from + "-" + level
		}
		found = append(found, cobra.CompletionWithDesc(word, strings.Join(names[level], ", ")))
	}
	return found, noFiles
}

// selectorWords are the keys of the releases' labels, or after "KEY=" their values; there may be requirements before.
func (a *app) selectorWords(cmd *cobra.Command, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	key, _, values := strings.Cut(typed[len(before):], "=")
	seen := map[string]bool{}
	for _, r := range a.releases(cmd.Context()) {
		for k, v := range r.Labels {
			if !values {
				seen[before+k+"="] = true
			} else if k == key {
				seen[before+k+"="+v] = true
			}
		}
	}
	how := noFiles
	if !values {
		how = noSpace
	}
	return slices.Sorted(maps.Keys(seen)), how
}

// policyWords are policy=ID.
func (a *app) policyWords(*cobra.Command, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	w, c := a.meant()
	if w == nil {
		return nil, noFiles
	}
	stack, _ := w.opener.Open(w.repo.CoreOf(c), "")
	files, _ := fs.Glob(stack, path.Join(core.Policies, "*", "policy.rego")) // the pattern is right
	var found []cobra.Completion
	for _, file := range files {
		found = append(found, fmt.Sprintf("policy=%s", path.Base(path.Dir(file))))
	}
	return found, noFiles
}
