package render

import (
	"io/fs"
	"path"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Chart is a chart that is in no core.
type Chart struct {
	Name string // of its folder, or of the folder that its archive is in, as messages show it
	FS   fs.FS
	Path string // in FS: a folder or an archive
}

// place is where a release's chart is found.
type place struct {
	fsys    fs.FS
	path    string
	display func(string) string // how messages name a path of fsys
	outside *Chart              // nil: in charts/ of the cores
}

// place finds a release's chart.
func (r *renderer) place(release *Release) (place, *diag.Finding) {
	if c := release.Outside; c != nil {
		return place{c.FS, c.Path, func(name string) string { return path.Join(c.Name, name) }, c}, nil
	}
	name, missing := r.resolve(release)
	return place{r.Core, name, r.Core.Display, nil}, missing
}

// From is the release as written in a node, which its findings point into.
func (r Release) From(n *source.Node) Release {
	r.At, r.node = n.At(), n
	return r
}

// Check looks at releases that no runlevel lists, and returns them in the order in which they are rendered: needed ones
// first, then as written. Those without a runlevel are rendered one after another, so that each sees what the ones before
// it define.
func Check(releases []Release) ([]Release, diag.Findings) {
	var findings diag.Findings
	for i := range releases {
		findings = append(findings, releases[i].check()...)
	}
	if findings = append(findings, unique(releases)...); findings.Failed() {
		return releases, findings
	}
	return inOrder(releases)
}
