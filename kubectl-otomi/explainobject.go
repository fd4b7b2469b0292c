package main

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/trace"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// explainedObject is what explain has to say about an object, for all clusters for which it is the same.
type explainedObject struct {
	Object    string           `json:"object"`
	Clusters  []string         `json:"clusters"`
	Release   string           `json:"release"`
	Runlevel  string           `json:"runlevel"`
	ReleaseAt diag.Position    `json:"releaseAt"`
	Source    string           `json:"source"` // chart, manifests or kustomize
	Name      string           `json:"name"`   // of the chart or the folder
	At        diag.Position    `json:"at"`
	Fields    []explainedField `json:"fields,omitempty"`
}

type explainedField struct {
	Path       string           `json:"path"`
	Value      any              `json:"value"`
	By         trace.Writer     `json:"by"`
	At         diag.Position    `json:"at"`
	Rewritten  bool             `json:"rewritten,omitempty"`
	Chart      []explainedValue `json:"chart,omitempty"`
	Values     []explainedValue `json:"values,omitempty"`
	Incomplete bool             `json:"incomplete,omitempty"`

	line     string
	together bool
	unproven bool
}

type explainedValue struct {
	Path      string           `json:"path"`
	Value     any              `json:"value"`
	At        *diag.Position   `json:"at,omitempty"`
	Default   bool             `json:"default,omitempty"`
	Certainty trace.Certainty  `json:"certainty"`
	Decides   bool             `json:"decides,omitempty"`
	Named     bool             `json:"named,omitempty"`
	Layers    []explainedLayer `json:"layers,omitempty"`

	line string
}

// isObject reports whether an argument of explain names an object: paths of values have slashes in quotes only.
func isObject(arg string) bool { return strings.Contains(arg, "/") && !strings.Contains(arg, "[") }

func (a *app) explainObject(ctx context.Context, input renderFlags, print values.Print, name string, fields []string) error {
	reference, err := object.ParseReference(name)
	if err != nil {
		return usageError{err}
	}
	paths := make([][]string, len(fields))
	for i, field := range fields {
		if paths[i], err = source.ParsePath(field); err != nil {
			return usageError{err}
		}
	}
	w, clusters, err := a.chosen(input)
	if err != nil {
		return err
	}
	found, findings, err := a.explainIn(ctx, w, clusters, objectExplainer{explainer: explainer{print: print, paths: paths}, reference: reference})
	if err != nil {
		return err
	}
	if err := writeExplanations(a.Out, a.output, "objects", len(clusters) > 1, found); err != nil {
		return err
	}
	return a.finish(findings)
}

// explainIn explains an object in each cluster that has it. Fields that a cluster's object lacks are findings; so is the object
// where no cluster has it.
func (a *app) explainIn(ctx context.Context, w *workspace, clusters []*repo.Cluster, e objectExplainer) ([]explainedObject, diag.Findings, error) {
	shared := sharing{findings: w.findings, several: len(clusters) > 1, at: map[string]int{}}
	found := []explainedObject{}
	missing := sharing{several: len(clusters) > 1, at: map[string]int{}}
	for _, c := range clusters {
		e.built = w.until(ctx, c, atObjects, time.Time{})
		shared.add(c.Name, e.built.findings)
		if e.built.findings.Failed() {
			continue
		}
		o, f := e.reference.Find(e.built.objects)
		if f != nil {
			missing.add(c.Name, diag.Findings{*f})
			continue
		}
		e.object, e.hidden = o, a.hidden.now()
		x, unknown, err := e.explain(ctx)
		if err != nil {
			return nil, nil, err
		}
		shared.add(c.Name, unknown)
		same := slices.IndexFunc(found, func(other explainedObject) bool { return other.equal(x) })
		if same < 0 {
			same, found = len(found), append(found, x)
		}
		found[same].Clusters = append(found[same].Clusters, c.Name)
	}
	if len(found) == 0 {
		shared.findings = append(shared.findings, missing.findings...)
	}
	return found, shared.findings, ctx.Err()
}

func (x explainedObject) equal(y explainedObject) bool {
	x.Clusters, y.Clusters = nil, nil
	return reflect.DeepEqual(x, y)
}

// objectExplainer explains one object of one cluster.
type objectExplainer struct {
	explainer
	reference object.Reference
	built     *built
	object    object.Object
	hidden    *redact.Redactor
}

func (e *objectExplainer) explain(ctx context.Context) (explainedObject, diag.Findings, error) {
	b := e.built
	r := trace.Rendered{Releases: b.releases, Objects: b.objects, Images: b.cluster.Images.Rewrite, Words: b.schema.Words}
	t := trace.New(b.input(), r, e.object)
	release := t.Release()
	x := explainedObject{
		Object: e.object.ID().String(), Clusters: []string{}, Release: release.Name, Runlevel: release.Runlevel, ReleaseAt: release.At, At: t.At(),
	}
	x.Source, x.Name = sourceOf(release)
	var unknown diag.Findings
	for _, path := range e.paths {
		if f := e.object.Unknown(path); f != nil {
			unknown = append(unknown, *f)
			continue
		}
		field, err := e.field(t.Field(ctx, path))
		if err != nil {
			return x, nil, err
		}
		x.Fields = append(x.Fields, field)
	}
	return x, unknown, nil
}

func sourceOf(r render.Release) (kind, name string) {
	switch {
	case r.Chart != "":
		return "chart", r.Chart
	case r.Manifests != "":
		return "manifests", r.Manifests
	case r.Policies != "":
		return "policies", r.Policies
	default:
		return "kustomize", r.Kustomize
	}
}

func (e *objectExplainer) field(f trace.Field) (explainedField, error) {
	x := explainedField{Path: source.Path(f.Path), By: f.By, At: f.At, Rewritten: f.Rewritten, Incomplete: !f.Complete || f.Together || f.Unproven, unproven: f.Unproven, together: f.Together}
	n, err := source.FromValue(nil, f.Value)
	if err != nil {
		return x, err
	}
	n = e.conceal(n, e.object.GetKind() == "Secret" && slices.Contains([]string{"data", "stringData"}, f.Path[0]))
	x.Value = e.print.Plain(n)
	if x.line, err = e.print.Line(n, shownWidth); err != nil {
		return x, err
	}
	for _, l := range f.Chart {
		v, err := e.value(l)
		if err != nil {
			return x, err
		}
		at := l.Node.At()
		v.At, v.Default = &at, l.Default
		x.Chart = append(x.Chart, v)
	}
	for _, l := range f.Tree {
		v, err := e.value(l)
		if err != nil {
			return x, err
		}
		from, err := e.explainer.explain(e.built.tree.Explain(l.Path...))
		if err != nil {
			return x, err
		}
		v.Layers = from.Layers
		x.Values = append(x.Values, v)
	}
	return x, nil
}

func (e *objectExplainer) value(l trace.Leaf) (explainedValue, error) {
	n := e.conceal(l.Node, false)
	line, err := e.print.Line(n, shownWidth)
	return explainedValue{
		Path: source.Path(l.Path), Value: e.print.Plain(n), Certainty: l.Certainty, Decides: l.Decides, Named: l.Named, line: line,
	}, err
}

// conceal marks what holds a secret, or everything.
func (e *objectExplainer) conceal(n *source.Node, all bool) *source.Node {
	c := *n
	if n.Kind.Scalar() {
		c.Secret = c.Secret || all || e.hidden != nil && e.hidden.Has(n.Text)
		return &c
	}
	c.Items = make([]*source.Node, len(n.Items))
	for i, item := range n.Items {
		c.Items[i] = e.conceal(item, all)
	}
	return &c
}
