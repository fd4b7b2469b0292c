package render

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"time"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// Release is one entry of a runlevel. Exactly one of Chart, Manifests, Kustomize and Policies is set.
type Release struct {
	Name            string            `json:"name"`            // required; unique in the cluster's core stack, at most 53 characters
	Namespace       string            `json:"namespace"`       // where its objects go that name none
	Chart           string            `json:"chart"`           // NAME[@VERSION] of charts/: this or one of the next three
	Manifests       string            `json:"manifests"`       // a folder of platform/ with manifests, plain or .gotmpl
	Kustomize       string            `json:"kustomize"`       // a folder of platform/ with a kustomization
	Policies        string            `json:"policies"`        // the word gatekeeper: the cores' policies, as objects of Gatekeeper
	Enabled         bool              `json:"enabled"`         // true where nothing is said; false: not rendered, so pruned
	ValuesTemplate  string            `json:"values"`          // a file of platform/values/, whose output are the chart's values
	Needs           []string          `json:"needs"`           // releases of the same level that come first
	Labels          map[string]string `json:"labels"`          // what -l selects by
	Patches         []patch.Patch     `json:"patches"`         // as in a kustomization; one that matches nothing is an error
	CreateNamespace *bool             `json:"createNamespace"` // true where nothing is said: make the namespace where nothing else does
	Hooks           string            `json:"hooks"`           // run, or drop to leave hooks out; run where nothing is said
	Numbers         string            `json:"numbers"`         // helm, or exact to keep every integer one; helm where nothing is said
	CRDs            string            `json:"crds"`            // include, or skip; include where nothing is said
	KubeVersion     string            `json:"kubeVersion"`     // what the chart sees instead of the cluster's
	APIVersions     []string          `json:"apiVersions"`     // what the chart sees beside the cluster's
	Timeout         time.Duration     `json:"timeout"`         // how long to wait for its objects; none of its own where nothing is said

	Runlevel string         `json:"-"` // NN; "": it is of no runlevel
	At       diag.Position  `json:"-"` // in the runlevel's template
	Outside  *Chart         `json:"-"` // the chart, where it is in no core
	Layers   []values.Layer `json:"-"` // values beside those of the template, low to high, over them

	node      *source.Node // as rendered, for the places of its fields
	rawValues *source.Node // apps.<release>.rawValues
}

// DecodeNode reads a release and remembers where it stands.
func (r *Release) DecodeNode(n *source.Node) diag.Findings {
	type fields Release
	r.Enabled = true
	findings := source.Decode(n, (*fields)(r))
	r.At, r.node = n.At(), n
	return findings
}

// at is the place of a field, or of the release where the field is not written.
func (r *Release) at(field string) diag.Position {
	if n := r.node.Get(field); n != nil {
		return n.At()
	}
	return r.At
}

// Releases runs the runlevels of the stack and returns all releases in the order in which they are applied: by runlevel,
// then needed ones first, then as written. Those that are not enabled are among them, so that their names are known.
func Releases(ctx context.Context, in Input) ([]Release, diag.Findings) {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return nil, findings
	}
	names, f := r.runlevels()
	findings = append(findings, f...)
	files, err := r.files()
	if err != nil {
		return nil, append(findings, belowFinding(r.Core.Display, core.Platform, err)...)
	}
	var releases []Release
	for _, name := range names {
		n, f := r.document(ctx, coreTemplate{r.Core, name, r.Core.Display}, r.data(files))
		findings = append(findings, f...)
		if f.Failed() {
			continue
		}
		var level struct {
			Releases []Release `json:"releases"`
		}
		findings = append(findings, source.Decode(n, &level)...)
		for i := range level.Releases {
			level.Releases[i].Runlevel = path.Base(name)[:2]
		}
		releases = append(releases, level.Releases...)
	}
	for i := range releases {
		findings = append(findings, r.finish(&releases[i])...)
	}
	findings = append(findings, unique(releases)...)
	if findings.Failed() {
		return releases, r.concealing(releases).Findings(findings)
	}
	releases, f = inOrder(releases)
	return releases, r.concealing(releases).Findings(append(findings, f...))
}

// runlevels are the paths of the stack's runlevels in byte order.
func (r *renderer) runlevels() ([]string, diag.Findings) {
	dir := path.Join(core.Platform, "runlevels")
	entries, err := fs.ReadDir(r.Core, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, readFinding(r.Core.Display(dir), err)
	}
	var names []string
	var findings diag.Findings
	pattern := regexp.MustCompile(`^\d\d-[^/]+\.yaml$`)
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir() && pattern.MatchString(e.Name()):
			findings = append(findings, readFinding(r.Core.Display(name), errors.New("it is a folder, not a file"))...)
		case e.IsDir() || e.Name()[0] == '_' || e.Name()[0] == '.':
		case pattern.MatchString(e.Name()):
			names = append(names, name)
		default:
			findings = append(findings, diag.Errorf("runlevel-name", diag.Position{File: r.Core.Display(name)},
				"a runlevel's file is called NN-NAME.yaml"))
		}
	}
	return names, findings
}

// finish applies apps.<release> of the values, reads patch files, and checks the release by itself.
func (r *renderer) finish(release *Release) diag.Findings {
	app := r.Tree.At("apps", release.Name)
	var settings struct {
		Enabled *bool         `json:"enabled"`
		Patches []patch.Patch `json:"patches"`
	}
	var findings diag.Findings
	for _, field := range []struct {
		name string
		into any
	}{{"enabled", &settings.Enabled}, {"patches", &settings.Patches}, {"rawValues", &release.rawValues}} {
		for _, f := range source.Decode(app.Get(field.name), field.into) {
			at := source.Path([]string{"apps", release.Name, field.name})
			if f.Path != "" && f.Path[0] != '[' {
				at += "."
			}
			findings = append(findings, f.WithPath(at+f.Path))
		}
	}
	if settings.Enabled != nil {
		release.Enabled = *settings.Enabled
	}
	if n := release.rawValues; n != nil && n.Kind != source.Map {
		findings = append(findings, diag.Errorf("field-type", n.At(), "want a map, have %s", n.Kind.Article()).
			WithPath(source.Path([]string{"apps", release.Name, "rawValues"})))
	}
	release.Patches = append(release.Patches[:len(release.Patches):len(release.Patches)], settings.Patches...)
	for i := range release.Patches {
		findings = append(findings, r.readPatch(&release.Patches[i])...)
	}
	return append(findings, release.check()...)
}

// readPatch reads a patch that is in a file of its own.
func (r *renderer) readPatch(p *patch.Patch) diag.Findings {
	if p.Path == "" || p.Patch != "" {
		return nil
	}
	name := path.Join(core.Platform, p.Path)
	text, err := fs.ReadFile(r.Core, name)
	if err != nil {
		return diag.Findings{diag.Errorf("missing-file", p.At, "no core has the patch %s", name)}
	}
	p.Patch = string(text)
	return nil
}

// check looks at what can be wrong with a release by itself.
func (r *Release) check() diag.Findings {
	findings := r.checkNames()
	fail := func(rule, field, format string, args ...any) {
		findings = append(findings, diag.Errorf(rule, r.at(field), format, args...))
	}
	sources := 0
	for _, s := range []string{r.Chart, r.Manifests, r.Kustomize, r.Policies} {
		if s != "" {
			sources++
		}
	}
	if sources != 1 {
		fail("release-source", "", "release %q has %d of chart, manifests, kustomize and policies; it needs one", r.Name, sources)
	}
	if r.Policies != "" && r.Policies != "gatekeeper" {
		fail("field-value", "policies", "policies is gatekeeper, not %q", r.Policies)
	}
	for _, f := range []struct{ field, value, a, b string }{
		{"hooks", r.Hooks, "run", "drop"}, {"numbers", r.Numbers, "helm", "exact"}, {"crds", r.CRDs, "include", "skip"},
	} {
		if f.value != "" && f.value != f.a && f.value != f.b {
			fail("field-value", f.field, "%s is %s or %s, not %q", f.field, f.a, f.b, f.value)
		}
	}
	if r.KubeVersion != "" {
		if _, err := parseKubeVersion(r.KubeVersion); err != nil {
			fail("kube-version", "kubeVersion", "%v", err)
		}
	}
	return findings
}

func (r *Release) checkNames() diag.Findings {
	var findings diag.Findings
	fail := func(field, format string, args ...any) {
		findings = append(findings, diag.Errorf("release-"+field, r.at(field), format, args...))
	}
	label := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	switch {
	case r.Name == "":
		fail("name", "the release has no name")
	case !label.MatchString(r.Name):
		fail("name", "the release's name %q may have lower-case letters, digits and, inside, hyphens only", r.Name)
	case len(r.Name) > 53:
		fail("name", "the release's name %q has %d characters, more than 53", r.Name, len(r.Name))
	}
	if r.Namespace != "" && (!label.MatchString(r.Namespace) || len(r.Namespace) > 63) {
		fail("namespace", "%q cannot be the name of a namespace", r.Namespace)
	}
	return findings
}

// unique reports releases of one name.
func unique(releases []Release) diag.Findings {
	var findings diag.Findings
	first := map[string]diag.Position{}
	for _, r := range releases {
		if at, taken := first[r.Name]; taken && r.Name != "" {
			findings = append(findings, diag.Errorf("duplicate-release", r.at("name"), "there are two releases called %q", r.Name).
				WithNote(at, "the first is here"))
			continue
		}
		first[r.Name] = r.at("name")
	}
	return findings
}

// Patches are the enabled releases' patches in the form that the next station takes.
func Patches(releases []Release) []patch.Set {
	var sets []patch.Set
	for _, r := range releases {
		if r.Enabled && len(r.Patches) > 0 {
			sets = append(sets, patch.Set{Release: r.Name, Patches: r.Patches})
		}
	}
	return sets
}
