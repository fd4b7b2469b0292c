// Package rendertemplates is the function render-templates: Go templates and a merged Values item go in; the objects that
// the templates write come out as items.
package rendertemplates

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/outputs"
)

const kind = "RenderTemplates" // of the functionConfig

// Function is the function.
func Function() krm.Function {
	return krm.Function{Name: "render-templates", Kind: kind, Spec: spec{}, Run: run}
}

// spec is the functionConfig's.
type spec struct {
	inputs.Cluster
	Values    *inputs.ValuesRef `json:"values" doc:"a merged Values item; without it, templates have no values"`
	Templates []entry           `json:"templates" schema:"required" doc:"what is rendered, in order"`
	Partials  []entry           `json:"partials" doc:"templates that only define others, for all templates"`
}

// entry is one entry of spec.templates or spec.partials: a text, or keys of a ConfigMap.
type entry struct {
	Inline    string   `json:"inline" doc:"the text of a template"`
	ConfigMap string   `json:"configMap" doc:"whose keys are templates"`
	Keys      []string `json:"keys" doc:"globs over the keys' paths; without them, every key"`
	At        diag.Position
}

// DecodeNode reads an entry and remembers where it stands.
func (e *entry) DecodeNode(n *source.Node) diag.Findings {
	type fields entry
	e.At = n.At()
	findings := source.Decode(n, (*fields)(e))
	if findings.Failed() {
		return findings
	}
	if (e.Inline == "") == (e.ConfigMap == "") {
		findings = append(findings, diag.Errorf("template-source", e.At, "an entry has one of inline and configMap"))
	}
	if len(e.Keys) > 0 && e.ConfigMap == "" {
		findings = append(findings, diag.Errorf("template-source", n.Get("keys").At(), "keys are those of a configMap").WithPath("keys"))
	}
	return findings
}

// run renders the templates into the list.
func run(ctx context.Context, l *krm.List) diag.Findings {
	config, findings := krm.Configure[spec](l, kind)
	if findings.Failed() {
		return findings
	}
	tree, f := inputs.OptionalTree(l, config.Values)
	findings = append(findings, f...)
	templates, f := config.templates(l)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	in := render.Input{Tree: tree, KubeVersion: config.KubeVersion.Node, APIVersions: config.APIVersions}
	objects, f := render.Templates(ctx, in, templates)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	objects, f = patch.Apply(objects, nil, config.Images.Rewrite)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	outputs.Withhold(l, tree, objects)
	return append(findings, outputs.Own(l, objects)...)
}

// templates are what the entries name, in order.
func (s spec) templates(l *krm.List) ([]render.Template, diag.Findings) {
	var partials, templates []render.Template
	var findings diag.Findings
	for i, e := range s.Partials {
		named, _, f := e.read(l, fmt.Sprintf("partials[%d]", i))
		partials, findings = append(partials, named...), append(findings, f...)
	}
	for i, e := range s.Templates {
		named, own, f := e.read(l, fmt.Sprintf("templates[%d]", i))
		findings = append(findings, f...)
		for _, t := range named {
			if !inputs.Partial(t.Name) {
				t.Partials = slices.Concat(partials, own)
				templates = append(templates, t)
			}
		}
	}
	return templates, findings
}

// read finds what an entry names, and all partials of the ConfigMap that it is in. at is the entry's place in the spec.
func (e entry) read(l *krm.List, at string) (named, partials []render.Template, findings diag.Findings) {
	if e.Inline != "" {
		name := l.Within(l.Config, path.Join(l.Owner(), at), []byte(e.Inline))
		return []render.Template{{Name: name, Text: e.Inline}}, nil, nil
	}
	c, findings := inputs.FindConfigMap(l, e.ConfigMap, e.At)
	if c.Item == nil || findings.Failed() {
		return nil, nil, findings
	}
	template := func(name string) render.Template {
		text := c.Texts[name]
		return render.Template{Name: l.Within(c.Item, path.Join(e.ConfigMap, name), text), Text: string(text), Files: c.Texts}
	}
	names, f := c.Match(e.Keys, e.At)
	for _, name := range names {
		named = append(named, template(name))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Texts)) {
		if inputs.Partial(name) {
			partials = append(partials, template(name))
		}
	}
	return named, partials, append(findings, f...)
}
