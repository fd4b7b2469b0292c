package render

import (
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/source"
)

// Objects renders the enabled releases, those of a runlevel in parallel, and returns their objects in the order of the
// releases; within one, CRDs first, then by template. What CustomResourceDefinitions of lower runlevels define counts as
// API versions of the cluster. Every object has a namespace where it needs one, and the marks that say where it comes from.
func Objects(ctx context.Context, in Input, releases []Release) ([]object.Object, diag.Findings) {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return nil, findings
	}
	var enabled []Release
	for _, release := range releases {
		if release.Enabled {
			enabled = append(enabled, release)
		}
	}
	apiVersions := append(slices.Clip(in.APIVersions), crdVersions(in.CRDs)...)
	var rendered []result
	for begin := 0; begin < len(enabled); {
		end := begin
		for end < len(enabled) && (end == begin || enabled[end].Runlevel == enabled[begin].Runlevel && enabled[end].Runlevel != "") {
			end++
		}
		level := r.level(ctx, enabled[begin:end], apiVersions)
		rendered = append(rendered, level...)
		for _, x := range level {
			apiVersions = append(apiVersions[:len(apiVersions):len(apiVersions)], crdVersions(x.objects)...)
		}
		begin = end
	}
	for _, x := range rendered {
		findings = append(findings, x.findings...)
	}
	objects, more := complete(rendered, in.CRDs)
	return objects, distinct(r.concealing(releases).Findings(append(findings, more...)))
}

// distinct leaves out findings that repeat others: what is wrong with a chart is wrong in every release of it.
func distinct(findings diag.Findings) diag.Findings {
	seen := map[string]bool{}
	return slices.DeleteFunc(findings, func(f diag.Finding) bool {
		key := f.Rule + "\x00" + f.String()
		defer func() { seen[key] = true }()
		return seen[key]
	})
}

// result is what one release renders.
type result struct {
	release  *Release
	objects  []object.Object
	findings diag.Findings
}

// level renders the releases of one runlevel.
func (r *renderer) level(ctx context.Context, releases []Release, apiVersions []string) []result {
	results := make([]result, len(releases))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range releases {
		group.Go(func() error {
			objects, findings := r.one(ctx, &releases[i], apiVersions)
			results[i] = result{&releases[i], objects, findings}
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the results
	return results
}

// one renders one release.
func (r *renderer) one(ctx context.Context, release *Release, apiVersions []string) ([]object.Object, diag.Findings) {
	kube := r.kube
	if release.KubeVersion != "" {
		var err error
		if kube, err = parseKubeVersion(release.KubeVersion); err != nil {
			return nil, diag.Findings{diag.Errorf("kube-version", release.at("kubeVersion"), "%v", err)}
		}
	}
	apiVersions = append(apiVersions[:len(apiVersions):len(apiVersions)], release.APIVersions...)
	var n *source.Node
	var data map[string]any
	var findings diag.Findings
	if release.Kustomize == "" {
		if data, findings = r.releaseData(release, kube, apiVersions); findings.Failed() {
			return nil, findings
		}
		var f diag.Findings
		if n, f = r.values(ctx, release, data); f.Failed() {
			return nil, f
		}
		findings = append(findings, f...)
	}
	var objects []object.Object
	var f diag.Findings
	switch {
	case release.Chart != "":
		objects, f = r.charted(ctx, release, n, kube, apiVersions)
	case release.Manifests != "":
		objects, f = r.plain(ctx, release, n, data)
	case release.Policies != "":
		objects, f = r.policies(release)
	default:
		objects, f = r.kustomized(release)
	}
	for i := range objects {
		objects[i].Release, objects[i].Runlevel = release.Name, release.Runlevel
	}
	return objects, append(findings, f...)
}
