// Package render turns a cluster's values into Kubernetes objects. A core stack and the values tree go in; derived values,
// releases and objects come out, or findings at the place in the template or values that the user edits. Runlevels are
// Go templates that list releases; a release is a chart, a folder of manifests or a kustomization, rendered with values
// that a Go template makes of the tree. Everything happens in process and depends on the input alone.
package render

import (
	"context"
	"io/fs"
	"path"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/gotemplate"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/redact"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
)

// KubeVersion is what charts see of a cluster that does not declare its kubeVersion.
const KubeVersion = "v1.36.0"

// Input is all that rendering depends on.
type Input struct {
	Core core.Stack
	// Tree are the checked values with `cluster` merged over them, and from Releases on with `derived`.
	Tree *values.Tree
	// KubeVersion is a functionConfig's, in place of the tree's cluster.kubeVersion; nil: that one.
	KubeVersion *source.Node
	// CRDs are CustomResourceDefinitions that are there before: what they define counts as API versions too.
	CRDs []object.Object
	// APIVersions are group/versions or group/version/kinds of the cluster beside Kubernetes' own.
	APIVersions []string
	// Known are the live objects of a kind that charts' lookup finds; nil: it finds nothing, as `helm template` does.
	Known func(apiVersion, kind string) ([]*unstructured.Unstructured, error)
	// Volatile answers a chart's call of a random or clock function: the nth with the same arguments in a release. nil:
	// placeholders stand for the answers, and findings of severity info name the calls.
	Volatile func(release, function string, args []any, n int) (any, error)
	// Policies makes the objects of a release whose source are the cores' policies; nil: such a release is an error.
	Policies func(*values.Tree) ([]object.Object, diag.Findings)
	// Values are given to releases, by name, instead of those that their own templates and rawValues make.
	Values map[string]*source.Node
	// Unchecked leaves out what charts' own schemas say of their values.
	Unchecked bool
	// Hermetic makes every such call an error.
	Hermetic bool
	// Limits are those of each release's templates.
	Limits gotemplate.Limits
}

// renderer is what the parts of one call share.
type renderer struct {
	Input
	templates *gotemplate.Cache
	charts    sync.Map                         // path of a chart → what loads it once
	locks     sync.Map                         // name of a core → what reads its charts.lock once
	files     func() (gotemplate.Files, error) // of platform/
	kube      kubeVersion
	secrets   *redact.Redactor
	shared    func() map[string]any // data of releases' templates, but for what is of a release
}

func newRenderer(in Input) (*renderer, diag.Findings) {
	r := &renderer{Input: in, templates: gotemplate.NewCache(), secrets: redact.New(in.Tree.Secrets())}
	r.shared = sync.OnceValue(func() map[string]any { return r.data(nil) })
	r.files = sync.OnceValues(func() (gotemplate.Files, error) { return filesBelow(in.Core, core.Platform) })
	n, field := in.Tree.At("cluster", "kubeVersion"), "cluster.kubeVersion"
	if in.KubeVersion != nil {
		n, field = in.KubeVersion, "spec.kubeVersion"
	}
	text := KubeVersion
	if n != nil && n.Text != "" {
		text = n.Text
	}
	var err error
	if r.kube, err = parseKubeVersion(text); err != nil {
		return r, diag.Findings{diag.Errorf("kube-version", n.At(), "%v", err).WithPath(field)}
	}
	return r, nil
}

// concealing hides secrets in findings about the releases, whose names may be seen.
func (r *renderer) concealing(releases []Release) *redact.Redactor {
	secrets, public := r.Tree.Secrets()
	for _, release := range releases {
		public = append(public, release.Name)
	}
	return redact.New(secrets, public)
}

// data is what every template of a core sees.
func (r *renderer) data(files gotemplate.Files) map[string]any { return r.dataOf(r.Tree, files) }

func (r *renderer) dataOf(tree *values.Tree, files gotemplate.Files) map[string]any {
	cluster, _ := tree.At("cluster").Value().(map[string]any)
	if cluster == nil {
		cluster = map[string]any{}
	}
	return map[string]any{
		"Values":       tree.Value(),
		"Cluster":      cluster,
		"Capabilities": r.capabilities(r.kube, r.APIVersions),
		"Files":        gotemplate.CoreFiles{Files: files},
	}
}

// coreTemplate is one of our own templates in a file system of cores.
type coreTemplate struct {
	fsys    fs.FS
	name    string // its path in fsys
	display func(string) string
}

// execute executes a template of ours. Templates see what _*.tpl files define, those of platform/ and of their own folder.
func (r *renderer) execute(ctx context.Context, t coreTemplate, data map[string]any) (gotemplate.Output, diag.Findings) {
	text, err := readTemplate(t.fsys, t.name)
	if err != nil {
		return gotemplate.Output{}, readFinding(t.display(t.name), err)
	}
	files, findings := partials(t)
	if findings.Failed() {
		return gotemplate.Output{}, findings
	}
	return r.run(ctx, files, gotemplate.File{Name: t.name, Display: t.display(t.name), Text: string(text)}, data)
}

// run executes one file, which sees what the others define. The data may be others' too, so they stay as they are.
func (r *renderer) run(ctx context.Context, others []gotemplate.File, file gotemplate.File, data map[string]any) (gotemplate.Output, diag.Findings) {
	set, findings := r.templates.Set(gotemplate.Core, append(others, file))
	if findings.Failed() {
		return gotemplate.Output{}, findings
	}
	if set.Changes() {
		data, _ = clone(data).(map[string]any)
	}
	return set.Run(ctx, gotemplate.Env{Limits: r.Limits}).Execute(file.Name, data)
}

func partials(t coreTemplate) ([]gotemplate.File, diag.Findings) {
	var files []gotemplate.File
	folders := []string{core.Platform}
	if dir := path.Dir(t.name); dir != core.Platform {
		folders = append(folders, dir)
	}
	for _, dir := range folders {
		names, err := fs.Glob(t.fsys, path.Join(dir, "_*.tpl"))
		if err != nil {
			return nil, readFinding(t.display(dir), err)
		}
		for _, name := range names {
			text, err := readTemplate(t.fsys, name)
			if err != nil {
				return nil, readFinding(t.display(name), err)
			}
			files = append(files, gotemplate.File{Name: name, Display: t.display(name), Text: string(text)})
		}
	}
	return files, nil
}

// document executes a template that writes YAML, and reads it. Every node's place is that in the template.
func (r *renderer) document(ctx context.Context, t coreTemplate, data map[string]any) (*source.Node, diag.Findings) {
	out, findings := r.execute(ctx, t, data)
	if findings.Failed() {
		return nil, findings
	}
	n, more := source.ParseFile(&source.File{Name: t.display(t.name)}, out.Text)
	for i := range more {
		more[i] = inTemplate(more[i], out)
	}
	placed := placer{out: out, secrets: r.secrets, done: map[*source.Node]bool{}}
	placed.node(n)
	return n, append(findings, more...)
}
