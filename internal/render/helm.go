package render

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/otomi/kubectl-otomi/internal/archive"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// helm renders one release of a chart.
type helm struct {
	*renderer
	release     *Release
	loaded      *loadedChart
	chart       *chart.Chart // the release's copy
	kube        kubeVersion
	apiVersions []string
	tracing     sync.Mutex // templates of a release share data that they may change
}

// charted renders a release whose source is a chart: its CRDs first, then its templates by name.
func (r *renderer) charted(ctx context.Context, release *Release, n *source.Node, kube kubeVersion, apiVersions []string) ([]object.Object, diag.Findings) {
	at, missing := r.place(release)
	if missing != nil {
		return nil, diag.Findings{*missing}
	}
	loaded, err := r.load(at)
	locked := r.locked(loaded)
	if locked.Failed() {
		return nil, locked
	}
	if err != nil {
		findings := loaded.failed(err)
		for i, f := range findings {
			findings[i] = f.WithNote(release.at("chart"), "release %q uses it here", release.Name)
		}
		return nil, findings
	}
	h := helm{renderer: r, release: release, loaded: loaded, chart: loaded.copy(loaded.chart), kube: kube, apiVersions: apiVersions}
	if findings := h.usable(); findings.Failed() {
		return nil, findings
	}
	top, findings := h.top(n)
	if findings.Failed() {
		return nil, findings
	}
	crds, f := h.crds()
	findings = append(append(locked, findings...), f...)
	objects, f := h.render(ctx, top)
	return append(crds, objects...), append(findings, f...)
}

// usable makes the checks that Helm makes before it renders.
func (h *helm) usable() diag.Findings {
	var findings diag.Findings
	fail := func(rule, format string, args ...any) {
		findings = append(findings, diag.Errorf(rule, h.release.at("chart"), format, args...))
	}
	md := h.chart.Metadata
	if _, version, ok := strings.Cut(h.release.Chart, "@"); ok && h.release.Outside == nil && version != md.Version {
		fail("missing-chart", "%s is version %s of the chart, not %s", h.loaded.shown, md.Version, version)
	}
	if strings.EqualFold(md.Type, "library") {
		fail("library-chart", "%s is a library: other charts use it, it is no release", md.Name)
	}
	if _, err := semver.NewConstraint(md.KubeVersion); md.KubeVersion != "" && err != nil {
		f := diag.Errorf("chart", h.loaded.metadata("kubeVersion"), "kubeVersion %q is no version range", md.KubeVersion)
		findings = append(findings, f.WithNote(h.release.at("chart"), "release %q uses the chart here", h.release.Name))
	} else if md.KubeVersion != "" && !chartutil.IsCompatibleRange(md.KubeVersion, h.kube.Version) {
		fail("chart-kube-version", "chart %s wants Kubernetes %s, and the cluster has %s", md.Name, md.KubeVersion, h.kube.Version)
	}
	for _, name := range archive.Missing(h.chart) {
		fail("missing-dependency", "chart %s depends on %s, which is not in its charts folder", md.Name, name)
		findings[len(findings)-1].Hint = "put it there; for a chart of yours `helm dependency update` does"
	}
	return findings
}

// top is what the chart's own templates see, as Helm makes it: defaults, conditions, imports and globals.
func (h *helm) top(n *source.Node) (map[string]any, diag.Findings) {
	set, _ := n.Value().(map[string]any)
	if set == nil {
		set = map[string]any{}
	}
	if err := chartutil.ProcessDependenciesWithMerge(h.chart, set); err != nil {
		return nil, diag.Findings{h.misfit(err, n)}
	}
	options := chartutil.ReleaseOptions{Name: h.release.Name, Namespace: h.release.Namespace, Revision: 1, IsInstall: true}
	capabilities := h.capabilities(h.kube, h.apiVersions)
	// Helm's own check of values.schema.json opens the network; checkSchema does not.
	top, err := chartutil.ToRenderValuesWithSchemaValidation(h.chart, set, options, capabilities, true)
	if err != nil {
		return nil, diag.Findings{h.misfit(err, n)}
	}
	coalesced, _ := top["Values"].(chartutil.Values)
	if h.release.Numbers != "exact" {
		defaults := diag.Position{File: h.loaded.shown + "/values.yaml"}
		if f := helmNumbers(coalesced, n, defaults); f.Failed() {
			return nil, f
		}
	}
	if h.Unchecked {
		return top, nil
	}
	return top, append(h.replaced(n), h.checkSchema(h.chart, coalesced, n, h.loaded.defaults(h.loaded.chart))...)
}

// file is one template of the chart or a subchart, and the values of its scope.
type file struct {
	gotemplate.File
	chart *chart.Chart
	scope map[string]any
	path  string // of the chart's templates: .Template.BasePath
}

// files are the templates of a chart and its subcharts, each with what it sees.
func (h *helm) files(c *chart.Chart, above map[string]any) ([]file, map[string]any) {
	metadata := struct {
		chart.Metadata
		IsRoot bool
	}{*c.Metadata, c.IsRoot()}
	chartFiles := gotemplate.Files{}
	for _, f := range c.Files {
		chartFiles[f.Name] = f.Data
	}
	scope := map[string]any{
		"Chart": metadata, "Files": chartFiles, "Release": above["Release"], "Capabilities": above["Capabilities"],
		"Values": chartutil.Values{},
	}
	values, _ := above["Values"].(chartutil.Values)
	if c.IsRoot() {
		scope["Values"] = values
	} else if own, err := values.Table(c.Name()); err == nil {
		scope["Values"] = own
	}
	subcharts := map[string]any{}
	var files []file
	for _, sub := range c.Dependencies() {
		below, subScope := h.files(sub, scope)
		files = append(files, below...)
		subcharts[sub.Name()] = subScope
	}
	scope["Subcharts"] = subcharts
	full := c.ChartFullPath()
	for _, t := range c.Templates {
		library := strings.EqualFold(c.Metadata.Type, "library")
		if t == nil || library && !strings.HasPrefix(path.Base(t.Name), "_") {
			continue
		}
		name := path.Join(full, t.Name)
		files = append(files, file{
			File:  gotemplate.File{Name: name, Display: h.loaded.displayOf(name, t.Data), Text: string(t.Data)},
			chart: c, scope: scope, path: path.Join(full, "templates"),
		})
	}
	return files, scope
}

// byDepth is the order in which Helm reads and renders templates: deep ones first, so that a chart's definitions win over
// those of its subcharts.
func byDepth(a, b file) int {
	if d := strings.Count(b.Name, "/") - strings.Count(a.Name, "/"); d != 0 {
		return d
	}
	return strings.Compare(b.Name, a.Name)
}

// render executes the chart's templates and reads what they write.
func (h *helm) render(ctx context.Context, top map[string]any) ([]object.Object, diag.Findings) {
	files, _ := h.files(h.chart, top)
	slices.SortFunc(files, byDepth)
	texts := make([]gotemplate.File, len(files))
	for i, f := range files {
		texts[i] = f.File
	}
	set, findings := h.templates.Set(gotemplate.Chart, texts)
	if findings.Failed() {
		return nil, findings
	}
	run := set.Run(ctx, h.env())
	byName := map[string][]object.Object{}
	for _, f := range files {
		if strings.HasPrefix(path.Base(f.Name), "_") {
			continue
		}
		f.scope["Template"] = map[string]any{"Name": f.Name, "BasePath": f.path}
		out, more := run.Execute(f.Name, f.scope)
		findings = append(findings, more...)
		if slices.ContainsFunc(more, func(f diag.Finding) bool { return f.Rule == "template-limit" }) {
			break // what follows would only say so again
		}
		if more.Failed() || strings.HasSuffix(f.Name, "NOTES.txt") {
			continue
		}
		objects, more := h.parse(run, f, out)
		findings = append(findings, more...)
		byName[f.Name] = objects
	}
	var objects []object.Object
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		objects = append(objects, byName[name]...)
	}
	return objects, findings
}

// parse reads what a template wrote. What is wrong with it is placed by executing the template once more, watched.
func (h *helm) parse(run *gotemplate.Run, f file, out gotemplate.Output) ([]object.Object, diag.Findings) {
	objects, findings := object.ParseChart(f.Display, out.Text)
	trace := h.traced(run, f, out)
	for i := range findings {
		findings[i] = inTemplate(findings[i], trace())
	}
	kept := objects[:0]
	for _, o := range objects {
		o.Source = o.Source.Traced(func(line, col int) diag.Position { return trace().At(line, col) })
		if run.Placeholders() {
			setMetadata(o, "annotations", object.SecretsKey, "placeholder")
		}
		if finding := hookFinding(o); finding != nil {
			findings = append(findings, *finding)
		}
		if !dropped(o, h.release) {
			setSource(o, f.Name)
			kept = append(kept, o)
		}
	}
	return kept, findings
}

// crds are the objects of the crds folders of the chart and its subcharts, which are no templates.
func (h *helm) crds() ([]object.Object, diag.Findings) {
	if h.release.CRDs == "skip" {
		return nil, nil
	}
	crds := h.chart.CRDObjects()
	slices.SortFunc(crds, func(a, b chart.CRD) int { return strings.Compare(crdFile(a), crdFile(b)) })
	var objects []object.Object
	var findings diag.Findings
	for _, crd := range crds {
		got, f := object.Parse(h.loaded.displayOf(crdFile(crd), crd.File.Data), crd.File.Data)
		findings = append(findings, f...)
		for _, o := range got {
			setSource(o, crdFile(crd))
		}
		objects = append(objects, got...)
	}
	return objects, findings
}
