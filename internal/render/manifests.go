package render

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// plain renders a release whose source is a folder of manifests: .yaml, .yml and .json files as they are, .gotmpl files as
// templates of ours that see the release's values as .Values where it has any, else the tree.
func (r *renderer) plain(ctx context.Context, release *Release, n *source.Node, data map[string]any) ([]object.Object, diag.Findings) {
	dir := path.Join(core.Platform, release.Manifests)
	names, missing := r.folder(release, "manifests", dir)
	if missing != nil {
		return nil, diag.Findings{*missing}
	}
	if n != nil && len(n.Keys) > 0 {
		data["Values"] = n.Value()
	}
	files, err := filesBelow(r.Core, dir)
	if err != nil {
		return nil, belowFinding(r.Core.Display, dir, err)
	}
	data["Files"] = gotemplate.CoreFiles{Files: files}
	var objects []object.Object
	var findings diag.Findings
	for _, name := range names {
		var got []object.Object
		var f diag.Findings
		switch display := r.Core.Display(name); path.Ext(name) {
		case ".yaml", ".yml", ".json":
			got, f = object.Parse(display, files[strings.TrimPrefix(name, dir+"/")])
		case ".gotmpl":
			var out gotemplate.Output
			if out, f = r.execute(ctx, coreTemplate{r.Core, name, r.Core.Display}, data); !f.Failed() {
				var more diag.Findings
				got, more = written(display, out)
				f = append(f, more...)
			}
		}
		for _, o := range got {
			setSource(o, strings.TrimPrefix(name, core.Platform+"/"))
		}
		objects, findings = append(objects, got...), append(findings, f...)
	}
	return objects, findings
}

// written reads the objects that a template of ours wrote.
func written(display string, out gotemplate.Output) ([]object.Object, diag.Findings) {
	objects, findings := object.Parse(display, out.Text)
	for i := range findings {
		findings[i] = inTemplate(findings[i], out)
	}
	for i := range objects {
		objects[i].Source = objects[i].Source.Traced(out.At)
	}
	return objects, findings
}

// folder lists the files of a release's folder, at every depth and in byte order.
func (r *renderer) folder(release *Release, field, dir string) ([]string, *diag.Finding) {
	if !fs.ValidPath(dir) || !strings.HasPrefix(dir, core.Platform+"/") {
		f := diag.Errorf("missing-folder", release.at(field), "%s is not a folder of platform/", dir)
		return nil, &f
	}
	var names []string
	err := fs.WalkDir(r.Core, dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(names) == 0 {
		f := diag.Errorf("missing-folder", release.at(field), "no core has files in %s", dir)
		f.Hint = diag.DidYouMean(path.Base(dir), entries(r.Core, path.Dir(dir)))
		return nil, &f
	}
	if err != nil {
		return nil, &readFinding(r.Core.Display(dir), err)[0]
	}
	return names, nil
}
