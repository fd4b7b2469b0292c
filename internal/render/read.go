package render

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"helm.sh/helm/v3/pkg/chart"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
)

// Texts are the templates that have a part in a release, by the name that messages and positions have: those of the cores, and
// its chart's.
func Texts(in Input, release Release) map[string]string {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return nil
	}
	texts := map[string]string{}
	// What cannot be read is told where it is rendered.
	_ = fs.WalkDir(in.Core, core.Platform, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isTemplate(name) {
			return nil //nolint:nilerr // see above
		}
		if data, err := readTemplate(in.Core, name); err == nil {
			texts[in.Core.Display(name)] = string(data)
		}
		return nil
	})
	if loaded := r.chartOf(&release); loaded != nil {
		loaded.texts(loaded.chart, texts)
	}
	return texts
}

// texts adds the templates of a chart and its subcharts.
func (c *loadedChart) texts(of *chart.Chart, texts map[string]string) {
	for _, t := range of.Templates {
		texts[c.displayOf(path.Join(of.ChartFullPath(), t.Name), t.Data)] = string(t.Data)
	}
	for _, sub := range of.Dependencies() {
		c.texts(sub, texts)
	}
}

func isTemplate(name string) bool {
	return path.Ext(name) == ".gotmpl" || path.Dir(name) == path.Join(core.Platform, "runlevels")
}

// chartOf is the release's chart, nil where it has none that can be loaded.
func (r *renderer) chartOf(release *Release) *loadedChart {
	if release.Chart == "" {
		return nil
	}
	at, missing := r.place(release)
	if missing != nil {
		return nil
	}
	loaded, err := r.load(at)
	if err != nil {
		return nil
	}
	return loaded
}

// ReadsNothing reports whether it is certain that a release's template, by the name that is an object's source, reads no
// values, whatever they are: neither itself nor in what it includes.
func ReadsNothing(ctx context.Context, in Input, release Release, name string) bool {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return false
	}
	u := unread{renderer: r}
	reads := &gotemplate.Reads{}
	switch {
	case release.Manifests != "" && path.Ext(name) == ".gotmpl":
		name = path.Join(core.Platform, name)
		if u.read(ctx, coreTemplate{r.Core, name, r.Core.Display}, &gotemplate.Scope{Values: reads}, []string{"{{"}) != nil {
			return false
		}
	case release.Chart != "":
		loaded := r.chartOf(&release)
		if loaded == nil || !u.follow(ctx, loaded, name, reads) {
			return false
		}
	default:
		return release.Kustomize != "" || release.Manifests != ""
	}
	return !reads.Whole && !reads.Empty && len(reads.Keys) == 0 && reads.Any == nil
}

// follow notes what one template of a chart reads of any chart's values.
func (u *unread) follow(ctx context.Context, loaded *loadedChart, name string, reads *gotemplate.Reads) bool {
	var files []scoped
	chartScope(loaded.chart, loaded.chart.Name(), loaded.chart.Name(), &gotemplate.Scope{Values: &gotemplate.Reads{}}, &files)
	all := make([]gotemplate.File, len(files))
	for i, f := range files {
		all[i] = f.file
		alike(f.scope, reads)
	}
	set, findings := u.templates.Set(gotemplate.Chart, all)
	if findings.Failed() {
		return false
	}
	for _, f := range files {
		if f.file.Name == name {
			return set.Reader([]string{"{{"}).Read(ctx, name, f.scope) == nil
		}
	}
	return strings.Contains(name, "/crds/")
}

// alike makes reads of all values that a scope sees one.
func alike(s *gotemplate.Scope, reads *gotemplate.Reads) {
	s.Values, s.Globals = reads, nil
	for _, sub := range s.Subcharts {
		alike(sub, reads)
	}
}
