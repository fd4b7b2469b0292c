package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/render"
)

// selection narrows a run to some releases: by name, label and runlevel, all of which must hold.
type selection struct {
	names    []string
	labels   labels.Selector
	from, to string // runlevels NN, "" for no bound
}

// selecting adds the flags that narrow a run.
func (f *renderFlags) selecting(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.releases, "release", nil, "only the release `NAME`; repeatable")
	flags.StringVarP(&f.selector, "selector", "l", "", "only releases with these labels, as in kubectl")
	flags.StringVar(&f.runlevel, "runlevel", "", "only the runlevel `NN`, or those from NN to MM: NN-MM")
	flags.BoolVar(&f.hermetic, "hermetic", false, "refuse charts that call a random or clock function")
}

// selection turns the flags into what they mean.
func (f *renderFlags) selection() (selection, error) {
	selector, err := labels.Parse(f.selector)
	if err != nil {
		return selection{}, usagef("--selector: %v", err)
	}
	s := selection{names: f.releases, labels: selector}
	if f.runlevel == "" {
		return s, nil
	}
	m := regexp.MustCompile(`^(\d\d)(?:-(\d\d))?$`).FindStringSubmatch(f.runlevel)
	if m == nil {
		return s, usagef("--runlevel: want NN or NN-MM, not %q", f.runlevel)
	}
	s.from, s.to = m[1], m[1]
	if m[2] != "" {
		s.to = m[2]
	}
	if s.to < s.from {
		return s, usagef("--runlevel: %s is after %s", s.from, s.to)
	}
	return s, nil
}

// all reports whether nothing is left out.
func (s selection) all() bool {
	return len(s.names) == 0 && s.from == "" && (s.labels == nil || s.labels.Empty())
}

// has reports whether a release is selected.
func (s selection) has(name, runlevel string, l map[string]string) bool {
	return (len(s.names) == 0 || slices.Contains(s.names, name)) &&
		(s.from == "" || s.from <= runlevel && runlevel <= s.to) &&
		(s.labels == nil || s.labels.Matches(labels.Set(l)))
}

// check reports a named release that neither the repo nor the inventory has; inv may be nil.
func (s selection) check(releases []render.Release, inv *inventory.Inventory) error {
	known := make([]string, len(releases))
	for i, r := range releases {
		known[i] = r.Name
	}
	if inv != nil {
		for _, e := range inv.Entries {
			known = append(known, e.Release)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, name := range s.names {
		if slices.Contains(known, name) {
			continue
		}
		hint := "releases: " + strings.Join(known, ", ")
		if d := diag.DidYouMean(name, known); d != "" {
			hint = d
		}
		return usageError{fmt.Errorf("--release: no release is called %q (%s)", name, hint)}
	}
	return nil
}

// objects are those of the selected releases.
func (s selection) objects(b *built) []object.Object {
	if s.all() {
		return b.objects
	}
	selected := map[string]bool{}
	for _, r := range b.releases {
		selected[r.Name] = s.has(r.Name, r.Runlevel, r.Labels)
	}
	return slices.DeleteFunc(slices.Clone(b.objects), func(o object.Object) bool { return !selected[o.Release] })
}

// findings are those of findings that are about the selected releases or about no object.
func (s selection) findings(b *built, findings diag.Findings) diag.Findings {
	selected := map[string]bool{}
	for _, o := range s.objects(b) {
		selected[o.ID().String()] = true
	}
	known := map[string]bool{}
	for _, o := range b.objects {
		known[o.ID().String()] = true
	}
	return slices.DeleteFunc(slices.Clone(findings), func(f diag.Finding) bool { return known[f.Object] && !selected[f.Object] })
}
