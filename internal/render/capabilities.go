package render

import (
	"fmt"
	"slices"

	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/otomi/kubectl-otomi/internal/object"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type kubeVersion = chartutil.KubeVersion

// parseKubeVersion reads 1.33, v1.33.2 and the like.
func parseKubeVersion(text string) (kubeVersion, error) {
	v, err := chartutil.ParseKubeVersion(text)
	if err != nil {
		return kubeVersion{}, fmt.Errorf("%q is no version of Kubernetes: write it as 1.33 or 1.33.2", text)
	}
	return *v, nil
}

// capabilities are .Capabilities of templates: never those of a live cluster.
func (r *renderer) capabilities(kube kubeVersion, more ...[]string) *chartutil.Capabilities {
	c := chartutil.DefaultCapabilities.Copy()
	c.KubeVersion = kube
	c.APIVersions = slices.Clone(c.APIVersions)
	for _, versions := range more {
		c.APIVersions = append(c.APIVersions, versions...)
	}
	return c
}

// crdVersions are what CustomResourceDefinitions among the objects add to a cluster's API versions, as discovery lists them.
func crdVersions(objects []object.Object) []string {
	var out []string
	for _, o := range objects {
		if o.GetKind() != "CustomResourceDefinition" {
			continue
		}
		group, _, _ := unstructured.NestedString(o.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(o.Object, "spec", "names", "kind")
		versions, _, _ := unstructured.NestedSlice(o.Object, "spec", "versions")
		for _, v := range versions {
			version, _ := v.(map[string]any)
			if served, _ := version["served"].(bool); served {
				out = append(out, fmt.Sprintf("%s/%v", group, version["name"]), fmt.Sprintf("%s/%v/%s", group, version["name"], kind))
			}
		}
	}
	return out
}
