package export

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// CRDs are the definitions that a cluster with Gatekeeper has of the kinds among the objects: of Gatekeeper's own, and those
// that it makes of the templates among them. They are for checks, and never applied.
func CRDs(objects []object.Object) []object.Object {
	var crds []object.Object
	own := map[string]bool{}
	for _, o := range objects {
		gvk := o.GroupVersionKind()
		switch gvk.Group {
		case templateGroup:
			if d, ok := constraintCRD(o); ok {
				crds = append(crds, d)
			}
		case configGroup:
		default:
			continue
		}
		if key := gvk.Group + "/" + gvk.Version + "/" + gvk.Kind; !own[key] {
			own[key] = true
			crds = append(crds, definition(gvk.Group, gvk.Kind, gvk.Version, gvk.Group == configGroup, anything()))
		}
	}
	return crds
}

// constraintCRD defines the kind that a template is for.
func constraintCRD(template object.Object) (object.Object, bool) {
	kind, _, _ := unstructured.NestedString(template.Object, "spec", "crd", "spec", "names", "kind")
	if kind == "" {
		return object.Object{}, false
	}
	validation, _, _ := unstructured.NestedMap(template.Object, "spec", "crd", "spec", "validation")
	parameters, ok := validation["openAPIV3Schema"].(map[string]any)
	// Older schemas need not be complete, and Gatekeeper takes any fields then.
	legacy, says := validation["legacySchema"].(bool)
	if old := template.GroupVersionKind().Version != "v1"; !ok || legacy || old && !says {
		parameters = anything()
	}
	spec := map[string]any{"type": "object", "properties": map[string]any{
		"enforcementAction": map[string]any{"type": "string"}, "match": anything(), "parameters": parameters,
		"scopedEnforcementActions": map[string]any{"type": "array", "items": anything()},
	}}
	return definition(constraintGroup, kind, "v1beta1", false, spec), true
}

// anything is the schema of a map with any fields.
func anything() map[string]any {
	return map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
}

func definition(group, kind, version string, namespaced bool, spec map[string]any) object.Object {
	plural := strings.ToLower(kind)
	if group != constraintGroup {
		plural += "s"
	}
	scope := "Cluster"
	if namespaced {
		scope = "Namespaced"
	}
	d := identity("apiextensions.k8s.io/v1", "CustomResourceDefinition", map[string]any{"name": plural + "." + group})
	d["spec"] = map[string]any{
		"group": group, "scope": scope, "names": map[string]any{"kind": kind, "listKind": kind + "List", "plural": plural, "singular": strings.ToLower(kind)},
		"versions": []any{map[string]any{"name": version, "served": true, "storage": true, "schema": map[string]any{
			"openAPIV3Schema": map[string]any{"type": "object", "properties": map[string]any{"spec": spec, "status": anything()}},
		}}},
	}
	return newObject(d, diag.Position{})
}
