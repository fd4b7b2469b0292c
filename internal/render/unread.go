package render

import (
	"context"
	"io/fs"
	"path"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Unread warns about values that the layers set and that nothing reads: no template of the cores, or where they are
// rawValues, no template of the release's chart. Only what is certain is said; a template that hands on all of a value reads
// all of it. Releases that are not enabled and conditions that do not hold count as if they did.
func Unread(ctx context.Context, in Input, releases []Release, layers []values.Layer) diag.Findings {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return nil // Releases has told
	}
	u := unread{renderer: r, known: in.Tree.Root, files: map[*source.File]bool{}, found: map[string]int{}}
	own := path.Join(core.Platform, "defaults.yaml")
	for _, l := range layers {
		isDefaults := slices.ContainsFunc(in.Core, func(c core.Core) bool { return c.Display(own) == l.File.Name })
		u.files[l.File] = !l.File.Flag && !isDefaults
	}
	if reads := u.tree(ctx, releases); reads != nil && !reads[0].Whole {
		for _, l := range layers {
			if u.files[l.File] {
				u.members(l.Root, reads, nil)
			}
		}
	}
	for i := range releases {
		u.release(ctx, &releases[i])
	}
	return r.secrets.Findings(u.findings)
}

// unread is one look for values that nobody reads.
type unread struct {
	*renderer
	files    map[*source.File]bool // of the repo's own layers
	found    map[string]int        // findings by path
	findings diag.Findings

	// What is judged at the moment.
	of       *Release     // whose rawValues; nil: the tree
	known    *source.Node // all values, merged
	defaults map[string]any
}

// tree is what the cores' templates read; nil where there are none, and so no values to speak of, or they cannot be
// parsed or followed.
func (u *unread) tree(ctx context.Context, releases []Release) []*gotemplate.Reads {
	root := &gotemplate.Reads{}
	for _, key := range []string{"policies", "policyPreset", "policyBaseline", "policyEnforcement", "derived", "cluster"} {
		root.At(key).Whole = true
	}
	for _, release := range releases {
		for _, key := range []string{"enabled", "patches", "rawValues"} {
			root.At("apps").At(release.Name).At(key).Whole = true
		}
	}
	scope := &gotemplate.Scope{Values: root, Cluster: root.At("cluster")}
	texts := templates(u.Tree.Root.Value(), nil)
	templated := false
	err := fs.WalkDir(u.Core, core.Platform, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".gotmpl" && path.Dir(name) != path.Join(core.Platform, "runlevels") {
			return nil //nolint:nilerr // what cannot be read is told where it is rendered
		}
		templated = true
		return u.read(ctx, coreTemplate{u.Core, name, u.Core.Display}, scope, texts)
	})
	derived := path.Join(core.Platform, "derived.gotmpl")
	for _, c := range u.Core { // those of lower cores run too
		if _, missing := fs.Stat(c.FS, derived); missing == nil && err == nil {
			err = u.read(ctx, coreTemplate{c.FS, derived, c.Display}, scope, texts)
		}
	}
	if err != nil || !templated {
		return nil
	}
	return []*gotemplate.Reads{root}
}

// read follows one of our own templates.
func (u *unread) read(ctx context.Context, t coreTemplate, scope *gotemplate.Scope, texts []string) error {
	text, err := readTemplate(t.fsys, t.name)
	if err != nil {
		return err
	}
	files, findings := partials(t)
	if findings.Failed() {
		return findings
	}
	set, findings := u.templates.Set(gotemplate.Core, append(files, gotemplate.File{Name: t.name, Display: t.display(t.name), Text: string(text)}))
	if findings.Failed() {
		return findings
	}
	return set.Reader(texts).Read(ctx, t.name, scope)
}

// release looks for rawValues that the release does not read.
func (u *unread) release(ctx context.Context, release *Release) {
	if release.rawValues == nil || !release.Enabled {
		return
	}
	data, findings := u.releaseData(release, u.kube, u.APIVersions)
	if findings.Failed() {
		return
	}
	all, findings := u.values(ctx, release, data)
	if findings.Failed() {
		return
	}
	u.of, u.known, u.defaults = release, all, nil
	reads := &gotemplate.Reads{}
	switch {
	case release.Chart != "":
		if !u.chart(ctx, release, reads) {
			return
		}
	case release.Manifests != "":
		if !u.manifests(ctx, release, reads) {
			return
		}
	}
	if !reads.Whole {
		u.members(release.rawValues, []*gotemplate.Reads{reads}, []string{"apps", release.Name, "rawValues"})
	}
}

func (u *unread) manifests(ctx context.Context, release *Release, reads *gotemplate.Reads) bool {
	dir := path.Join(core.Platform, release.Manifests)
	names, missing := u.folder(release, "manifests", dir)
	scope := &gotemplate.Scope{Values: reads}
	for _, name := range names {
		if path.Ext(name) == ".gotmpl" && u.read(ctx, coreTemplate{u.Core, name, u.Core.Display}, scope, templates(u.known.Value(), nil)) != nil {
			return false
		}
	}
	return missing == nil
}
