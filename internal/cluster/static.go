package cluster

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// static reports an object that is what it should be as soon as it is stored. Waiting for it costs no request.
func (r *run) static(id object.ID) bool {
	return static(id) || r.mute[schema.GroupKind{Group: id.Group, Kind: id.Kind}]
}

func static(id object.ID) bool {
	switch id.Group {
	case "rbac.authorization.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "node.k8s.io", "coordination.k8s.io", "networking.k8s.io", "admissionregistration.k8s.io":
		return true
	case "":
		return slices.Contains([]string{"ConfigMap", "Secret", "ServiceAccount", "LimitRange", "ResourceQuota", "Endpoints", "Event", "Namespace"}, id.Kind)
	default:
		return false
	}
}

// mute finds the kinds of the plan's definitions whose objects have no status: nobody will ever say how they are.
func mute(p *plan.Plan) map[schema.GroupKind]bool {
	kinds := map[schema.GroupKind]bool{}
	for _, a := range p.Actions {
		if a.ID.Kind != "CustomResourceDefinition" || a.Object.Unstructured == nil {
			continue
		}
		group, _, _ := unstructured.NestedString(a.Object.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(a.Object.Object, "spec", "names", "kind")
		kinds[schema.GroupKind{Group: group, Kind: kind}] = !statusServed(a.Object.Object)
	}
	return kinds
}

// statusServed reports whether a CustomResourceDefinition has a status subresource in any version.
func statusServed(definition map[string]any) bool {
	versions, _, _ := unstructured.NestedSlice(definition, "spec", "versions")
	return slices.ContainsFunc(versions, func(v any) bool {
		version, _ := v.(map[string]any)
		_, found, _ := unstructured.NestedMap(version, "subresources", "status")
		return found
	})
}
