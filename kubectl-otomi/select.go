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
	flags.StringVarP(&f.selector, "selector", "l", "", "only releases with these labels, as in kubectl; that none has them is an error")
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

// check refuses a selection that names a release which there is not, and one that selects nothing: it is likelier a slip than a wish, and
// a run that does nothing looks like one that did all.
func (s selection) check(releases []render.Release) error {
	if s.all() {
		return nil
	}
	var names []string
	for _, r := range releases {
		names = append(names, r.Name)
	}
	for _, name := range s.names {
		if slices.Contains(names, name) {
			continue
		}
		hint := diag.DidYouMean(name, names)
		if hint == "" {
			hint = choice(releases)
		}
		return usagef("--release: no release is called %q (%s)", name, hint)
	}
	if !slices.ContainsFunc(releases, func(r render.Release) bool { return s.has(r.Name, r.Runlevel, r.Labels) }) {
		return usagef("%s: no release is selected (%s)", s, choice(releases))
	}
	return nil
}

// String is the selection as flags.
func (s selection) String() string {
	var flags []string
	if len(s.names) > 0 {
		flags = append(flags, "--release "+strings.Join(s.names, " --release "))
	}
	if s.labels != nil && !s.labels.Empty() {
		flags = append(flags, "--selector "+s.labels.String())
	}
	if s.from != "" {
		runlevels := s.from
		if s.to != s.from {
			runlevels += "-" + s.to
		}
		flags = append(flags, "--runlevel "+runlevels)
	}
	return strings.Join(flags, " ")
}

// mostListed is how many things a sentence names.
const mostListed = 10

// choice names the releases that there are, with what selects them besides their names.
func choice(releases []render.Release) string {
	labelled := map[[2]string]bool{} // releases of the inventory have no labels, and may be those of the values repo
	for _, r := range releases {
		labelled[[2]string{r.Name, r.Runlevel}] = labelled[[2]string{r.Name, r.Runlevel}] || len(r.Labels) > 0
	}
	var list []string
	for _, r := range releases {
		if r.Name == "" || len(r.Labels) == 0 && labelled[[2]string{r.Name, r.Runlevel}] { // manifests need not be of a release
			continue
		}
		text := r.Name
		if r.Runlevel != "" {
			text += " in " + r.Runlevel
		}
		if len(r.Labels) > 0 {
			text += " with " + labels.Set(r.Labels).String()
		}
		list = append(list, text)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	switch more := len(list) - mostListed; {
	case len(list) == 0:
		return "there are no releases"
	case more > 0:
		return fmt.Sprintf("releases: %s and %d more", strings.Join(list[:mostListed], ", "), more)
	default:
		return "releases: " + strings.Join(list, ", ")
	}
}

// releasesIn are the releases that an inventory knows, which may be nil, with the labels that they have in the values repo.
func releasesIn(inv *inventory.Inventory, of map[string]map[string]string) []render.Release {
	if inv == nil {
		return nil
	}
	known := map[[2]string]bool{}
	var releases []render.Release
	add := func(name, runlevel string) {
		if key := [2]string{name, runlevel}; !known[key] {
			known[key] = true
			releases = append(releases, render.Release{Name: name, Runlevel: runlevel, Labels: of[name]})
		}
	}
	for _, e := range inv.Entries {
		add(e.Release, e.Runlevel)
	}
	for _, u := range inv.Undone {
		add(u.Release, u.Runlevel)
	}
	return releases
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
