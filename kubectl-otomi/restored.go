package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/cluster"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/memory"
	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/render"
)

// restored is what a run that the inventory keeps had desired. Only the named releases matter; none: all.
func (a *app) restored(ctx context.Context, s *session, number int64, releases []string) (*desired, error) {
	run, err := target(s, number, len(releases) > 0)
	if err != nil {
		return nil, err
	}
	archive, err := s.client.Archive(ctx, s.inventory)
	if err != nil {
		return nil, err
	}
	set, err := archive.Restore(number)
	if err != nil {
		return nil, err
	}
	for _, o := range set.Objects {
		if o.Object == nil && (len(releases) == 0 || slices.Contains(releases, o.Release)) {
			return nil, fmt.Errorf("roll back %s to run %d: the content of %s was never stored", s.ref, number, o.ID)
		}
	}
	objects := plan.Restored(set)
	texts := slices.Concat(secretTexts(objects), memory.New(set.Memory, time.Now()).Secrets())
	for _, o := range set.Objects {
		if texts = append(texts, o.Secrets...); len(o.Secrets) > 0 {
			texts = append(texts, leaves(o.Object)...) // what templates made of them, nobody knows any more
		}
	}
	a.hidden.add(texts, names(objects))
	versions := run.Versions
	versions.Plugin = version // which writes the inventory
	return &desired{
		objects: objects, releases: restoredReleases(set), versions: versions, revision: run.Revision, dirty: run.Dirty,
		approvals: s.allowed, overrides: run.Overrides, restores: number, recalled: set.Memory,
		hidden: func(context.Context) cluster.Hidden { return cluster.Hidden{Texts: texts} },
		renew: func(ctx context.Context, s *session) (*desired, error) {
			return a.restored(ctx, s, number, releases)
		},
	}, nil
}

// shortestLeaf is from which length a text of an object that holds secrets is taken for one.
const shortestLeaf = 8

// leaves are the longer texts of an object, less what it is called.
func leaves(o map[string]any) []string {
	var texts []string
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case string:
			for line := range strings.Lines(x) {
				if len(strings.TrimSpace(line)) >= shortestLeaf {
					texts = append(texts, strings.TrimSpace(line))
				}
			}
		case []any:
			for _, item := range x {
				walk(item)
			}
		case map[string]any:
			for _, value := range x {
				walk(value)
			}
		}
	}
	for field, value := range o {
		if field != "metadata" && field != "kind" && field != "apiVersion" {
			walk(value)
		}
	}
	return texts
}

// restoredReleases are the releases of a stored set.
func restoredReleases(set *inventory.Rendered) []render.Release {
	runlevels := map[string]string{}
	for _, o := range set.Objects {
		runlevels[o.Release] = o.Runlevel
	}
	var releases []render.Release
	for name, r := range set.Releases {
		releases = append(releases, render.Release{Name: name, Runlevel: runlevels[name], Needs: r.Needs, Timeout: r.Timeout})
	}
	slices.SortFunc(releases, func(x, y render.Release) int { return strings.Compare(x.Name, y.Name) })
	return releases
}

// keeps is how many runs can be rolled back to after this one; nil: as many as before.
func (p *planned) keeps() *int {
	if p.desired == nil { // the set is destroyed
		return nil
	}
	return p.history
}

// recall is what there is to remember after a rollback: of the releases that go back, what the run's objects hold; besides, all
// that was remembered, for the next apply of what is gone back from. Digests of arguments under another salt mean nothing any
// more: then the run's own memory counts, or, where a part of the set stays, the present one.
func recall(now, then inventory.Memory, selected func(release string) bool, all bool) inventory.Memory {
	if len(now.Values) > 0 && len(then.Values) > 0 && string(now.Salt) != string(then.Salt) {
		if all {
			return then
		}
		return now
	}
	values := slices.DeleteFunc(slices.Clone(then.Values), func(v inventory.Remembered) bool { return !selected(v.Release) })
	if len(values) == 0 {
		return now
	}
	return now.With(inventory.Memory{Salt: then.Salt, Values: values})
}

// in are the secrets of the run that an object holds. They are stored with it: a rollback has no keys, and hides them all the
// same. What a Secret holds is known to be one.
func (h *hidden) in(o map[string]any) []string {
	h.mu.Lock()
	all, secrets, public := h.redactor, h.secrets, h.public
	h.mu.Unlock()
	data, err := json.Marshal(o)
	text := string(data)
	if err != nil || all == nil || all.Text(text) == text {
		return nil
	}
	var found []string
	for _, s := range secrets {
		if redact.New([]string{s}, public).Text(text) != text {
			found = append(found, s)
		}
	}
	return found
}
