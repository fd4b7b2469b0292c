package render

import (
	"path/filepath"
	"slices"

	"helm.sh/helm/v3/pkg/chart"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// CRDs are the CustomResourceDefinitions of charts whose releases render none, being not enabled or leaving them out: who brings
// them to a cluster otherwise has objects of their kinds nevertheless. What cannot be read is told where it is rendered.
func CRDs(in Input, releases []Release) []object.Object {
	r, findings := newRenderer(in)
	if findings.Failed() {
		return nil
	}
	var all []object.Object
	for i := range releases {
		release := &releases[i]
		if release.Enabled && release.CRDs != "skip" {
			continue
		}
		loaded := r.chartOf(release)
		if loaded == nil {
			continue
		}
		for _, crd := range loaded.chart.CRDObjects() {
			objects, _ := object.Parse(loaded.displayOf(crdFile(crd), crd.File.Data), crd.File.Data)
			all = append(all, objects...)
		}
	}
	return slices.DeleteFunc(all, func(o object.Object) bool { return o.GetKind() != "CustomResourceDefinition" })
}

// crdFile is the path of a definition below its chart, with slashes: Helm joins it as the system does that it runs on.
func crdFile(crd chart.CRD) string { return filepath.ToSlash(crd.Filename) }
