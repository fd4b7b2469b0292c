// Package renderplatform is the function render-platform: a merged Values item and cores go in; the objects of all releases
// of all runlevels come out as items, the same that `kubectl otomi template` prints.
package renderplatform

import (
	"context"
	"path"

	"sigs.k8s.io/yaml"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/patch"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/schema"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

// Kind is that of the functionConfig.
const Kind = "RenderPlatform"

// spec is the functionConfig's.
type spec struct {
	Values      *inputs.ValuesRef `json:"values"`
	Core        []inputs.Ref      `json:"core"`
	APIVersions []string          `json:"apiVersions"` // of the cluster, beside Kubernetes' own
}

// Run renders the platform into the list.
func Run(ctx context.Context, l *krm.List) diag.Findings {
	config, findings := krm.Configure[spec](l, Kind)
	if findings.Failed() {
		return findings
	}
	if config.Values == nil {
		return append(findings, diag.Errorf("required", diag.Position{File: l.File(l.Config).Name}, "the value is missing").WithPath("spec.values"))
	}
	objects, f := objects(ctx, l, config)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	items, paths, f := wrap(objects)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	return append(findings, l.Own(items, func(i *krm.Item) string { return paths[i] }, isObject)...)
}

// isObject tells apart what this function makes from what others with a functionConfig of the same name make.
func isObject(i *krm.Item) bool { return i.APIVersion() != krm.APIVersion }

// objects is the plugin's way from the tree to the objects.
func objects(ctx context.Context, l *krm.List, config spec) ([]object.Object, diag.Findings) {
	tree, findings := inputs.Tree(l, *config.Values)
	if findings.Failed() {
		return nil, findings
	}
	kubeVersion := ""
	if n := tree.At("cluster", "kubeVersion"); n != nil {
		kubeVersion = n.Text
	}
	stack, f := inputs.Stack(l, config.Core, kubeVersion)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	united, f := schema.Load(stack)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	l.Conceal(values.Secrets([]values.Layer{{Root: tree.Root}}, united.Rules()))
	in := render.Input{Core: stack, Tree: tree, APIVersions: config.APIVersions}
	releases, f := render.Releases(ctx, in)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	if findings = append(findings, united.UnknownApps(tree, names(releases))...); findings.Failed() {
		return nil, findings
	}
	objects, f := render.Objects(ctx, in, releases)
	if findings = append(findings, f...); findings.Failed() {
		return nil, findings
	}
	objects, f = patch.Apply(objects, patches(releases), nil)
	return objects, append(findings, f...)
}

func names(releases []render.Release) []string {
	out := make([]string, len(releases))
	for i, r := range releases {
		out[i] = r.Name
	}
	return out
}

// patches are those of the releases that are rendered.
func patches(releases []render.Release) []patch.Set {
	var sets []patch.Set
	for _, r := range releases {
		if r.Enabled && len(r.Patches) > 0 {
			sets = append(sets, patch.Set{Release: r.Name, Patches: r.Patches})
		}
	}
	return sets
}

// wrap makes items of objects, and says which file each is to have.
func wrap(objects []object.Object) ([]*krm.Item, map[*krm.Item]string, diag.Findings) {
	var items []*krm.Item
	var findings diag.Findings
	paths := map[*krm.Item]string{}
	for _, o := range objects {
		text, err := yaml.Marshal(o.Object)
		var item *krm.Item
		if err == nil {
			item, err = krm.New(text)
		}
		if err != nil {
			f := diag.Errorf("write-object", o.Source.Position(), "write object: %v", err)
			f.Object = o.ID().String()
			findings = append(findings, f)
			continue
		}
		items = append(items, item)
		paths[item] = path.Join(o.Runlevel, o.Release, o.FileName())
	}
	return items, paths, findings
}
