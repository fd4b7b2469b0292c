// Package mergevalues is the function merge-values: layers of a stream, Values items and keys of ConfigMaps, go in; one
// merged Values item comes out, with the place of every value in its status.
package mergevalues

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/core"
	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/render"
	"github.com/otomi/kubectl-otomi/internal/repo"
	"github.com/otomi/kubectl-otomi/internal/source"
	"github.com/otomi/kubectl-otomi/internal/values"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/inputs"
	"github.com/otomi/kubectl-otomi/krm-functions/internal/krm"
)

const kind = "MergeValues" // of the functionConfig

// Function is the function.
func Function() krm.Function {
	return krm.Function{Name: "merge-values", Kind: kind, Spec: spec{}, Run: run}
}

// spec is the functionConfig's.
type spec struct {
	Core    []inputs.Ref      `json:"core" doc:"cores, low to high: their defaults go below the layers, what they derive above"`
	Cluster *cluster          `json:"cluster" doc:"what the values have as cluster"`
	Layers  []entry           `json:"layers" doc:"what is merged, low to high"`
	Schema  *inputs.SchemaRef `json:"schema" doc:"a JSON Schema that says how to merge, has defaults, and checks what was merged"`
	Secrets string            `json:"secrets" schema:"enum=placeholder" doc:"what encrypted values become; without it, encrypted layers are refused"`
	Output  outputRef         `json:"output"`
}

type outputRef struct {
	Name string `json:"name" doc:"of the Values item that is written; without it, merged"`
}

// cluster are the facts that become `cluster` in the values.
type cluster struct {
	Name        string            `json:"name" schema:"required"`
	Cloud       string            `json:"cloud"`
	Domain      string            `json:"domain"`
	Labels      map[string]string `json:"labels"`
	KubeVersion string            `json:"kubeVersion" doc:"of Kubernetes, as 1.36"`
	node        *source.Node
}

// DecodeNode reads the facts and keeps their places.
func (c *cluster) DecodeNode(n *source.Node) diag.Findings {
	type fields cluster
	c.node = n
	return source.Decode(n, (*fields)(c))
}

// cluster is the functionConfig's as otomi.yaml would have it.
func (s spec) cluster() *repo.Cluster {
	c := s.Cluster
	if c == nil {
		return &repo.Cluster{}
	}
	return &repo.Cluster{Name: c.Name, Cloud: c.Cloud, Domain: c.Domain, Labels: c.Labels, KubeVersion: c.KubeVersion, Node: c.node}
}

// run merges the layers that the functionConfig lists.
func run(ctx context.Context, l *krm.List) diag.Findings {
	config, findings := krm.Configure[spec](l, kind)
	if findings.Failed() {
		return findings
	}
	if config.Output.Name == "" {
		config.Output.Name = "merged"
	}
	if findings = append(findings, config.check(diag.Position{File: l.FileName(l.Config)})...); findings.Failed() {
		return findings
	}
	for _, item := range l.Items {
		if item.APIVersion() == krm.APIVersion && item.Kind() == inputs.Values {
			findings = append(findings, inputs.NotLocal(item)...)
		}
	}
	tree, f := merge(ctx, l, config)
	if findings = append(findings, f...); findings.Failed() {
		return findings
	}
	item, err := output(l, config.Output.Name, tree)
	if err != nil {
		return append(findings, diag.Errorf("write-values", diag.Position{}, "write Values: %v", err))
	}
	return append(findings, l.Own([]*krm.Item{item}, func(*krm.Item) string { return config.Output.Name + ".yaml" }, isValues)...)
}

// check finds what is wrong with fields by themselves.
func (s spec) check(at diag.Position) diag.Findings {
	var findings diag.Findings
	if !regexp.MustCompile(`^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`).MatchString(s.Output.Name) {
		findings = append(findings, diag.Errorf("name-syntax", at, "%q is no name: want lower-case letters, digits, '-' and '.'", s.Output.Name).
			WithPath("spec.output.name"))
	}
	r := repo.Repo{Clusters: []repo.Cluster{*s.cluster()}}
	for i, e := range s.Layers {
		if e.only == nil {
			continue
		}
		for _, f := range r.CheckOnly(e.only) {
			findings = append(findings, f.WithPath(fmt.Sprintf("spec.layers[%d].only", i)))
		}
	}
	return findings
}

// isValues tells apart what this function makes from what others with a functionConfig of the same name make.
func isValues(i *krm.Item) bool { return i.APIVersion() == krm.APIVersion && i.Kind() == inputs.Values }

// merge is the plugin's way from layers to the tree that templates see.
func merge(ctx context.Context, l *krm.List, config spec) (*values.Tree, diag.Findings) {
	var stack core.Stack
	var findings diag.Findings
	var bare []diag.Position // where layers have secrets in plain text
	failed := func(f diag.Findings) bool {
		findings = append(findings, f.Hush(bare)...)
		return f.Failed()
	}
	var f diag.Findings
	if len(config.Core) > 0 {
		stack, f = inputs.Stack(l, config.Core, config.cluster().KubeVersion)
	}
	if failed(f) {
		return nil, findings
	}
	united, f := inputs.Unite(l, stack, config.Schema)
	if failed(f) {
		return nil, findings
	}
	layers, f := config.load(l, stack)
	bare = values.BarePlaces(layers, united.Rules())
	l.Conceal(values.Secrets(layers, united.Rules()))
	if failed(f) {
		return nil, findings
	}
	reserved := map[string]string{}
	if config.Cluster != nil {
		reserved["cluster"] = values.ClusterHint
	}
	if len(stack) > 0 {
		reserved["derived"] = values.DerivedHint
	}
	failed(values.Reserved(layers, reserved))
	tree, f := values.Merge(layers, united.Rules())
	failed(f)
	if failed(united.CheckBesides(tree, findings)); findings.Failed() {
		return nil, findings
	}
	if config.Cluster != nil {
		if tree, f = tree.With(values.Layer{File: config.Cluster.node.File, Root: config.cluster().Facts()}); failed(f) {
			return nil, findings
		}
	}
	if len(stack) > 0 {
		tree, f = render.Derive(ctx, render.Input{Core: stack, Tree: tree})
		failed(f)
	}
	return tree, findings
}

// load reads the cores' defaults and the layers of every entry, low to high.
func (s spec) load(l *krm.List, stack core.Stack) ([]values.Layer, diag.Findings) {
	defaults, findings := values.Defaults(stack)
	mine := func(i *krm.Item) bool { return isValues(i) && i.Name() == s.Output.Name }
	ls := layers{list: l, mine: mine, cluster: s.cluster(), texts: map[string][]byte{}, items: map[string]bool{}}
	for _, e := range s.Layers {
		findings = append(findings, ls.add(e)...)
	}
	if findings.Failed() {
		return nil, findings
	}
	loaded, f := ls.load(s.Secrets == "placeholder")
	return slices.Concat(defaults, loaded), append(findings, f...)
}
