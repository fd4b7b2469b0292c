package render

import (
	"context"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// Template is a Go template that is in no core.
type Template struct {
	Name     string // as messages and the objects' source show it
	Text     string
	Partials []Template        // whose definitions it sees; of two with one name the later one
	Files    map[string][]byte // what it reaches as .Files
}

// Templates executes templates of our own language, which see the tree as every template of a core does, and returns the
// objects they write, in order. They belong to no release and keep the namespace that they are written with.
func Templates(ctx context.Context, in Input, templates []Template) ([]object.Object, diag.Findings) {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return nil, findings
	}
	var objects []object.Object
	for _, t := range templates {
		got, f := r.template(ctx, t)
		objects, findings = append(objects, got...), append(findings, f...)
	}
	findings = append(findings, duplicates(objects)...)
	return objects, distinct(r.secrets.Findings(findings))
}

func (r *renderer) template(ctx context.Context, t Template) ([]object.Object, diag.Findings) {
	partials := make([]gotemplate.File, len(t.Partials))
	for i, p := range t.Partials {
		partials[i] = p.file()
	}
	out, findings := r.run(ctx, slices.Clip(partials), t.file(), r.data(t.Files))
	if findings.Failed() {
		return nil, findings
	}
	objects, f := written(t.Name, out)
	for i, o := range objects {
		setSource(o, t.Name)
		if at := out.At(o.Source.Line, 0); at.Line > 0 {
			objects[i].Source.Line = at.Line
		}
	}
	return objects, append(findings, f...)
}

func (t Template) file() gotemplate.File {
	return gotemplate.File{Name: t.Name, Display: t.Name, Text: t.Text}
}
