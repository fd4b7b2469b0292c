package object

import (
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Scopes tells which kinds have no namespace.
type Scopes map[[2]string]bool // {group, kind} → cluster-scoped

// BuiltinScopes are Kubernetes' own cluster-scoped kinds (kubectl api-resources --namespaced=false, versions 1.30 to 1.37; a test of package manifest holds them to the schemas).
func BuiltinScopes() Scopes {
	s := Scopes{}
	for group, kinds := range map[string][]string{
		"":                             {"Namespace", "Node", "PersistentVolume", "ComponentStatus"},
		"admissionregistration.k8s.io": {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"},
		"apiextensions.k8s.io":         {"CustomResourceDefinition"},
		"apiregistration.k8s.io":       {"APIService"},
		"authentication.k8s.io":        {"SelfSubjectReview", "TokenReview"},
		"authorization.k8s.io":         {"SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"},
		"certificates.k8s.io":          {"CertificateSigningRequest", "ClusterTrustBundle"},
		"flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
		"internal.apiserver.k8s.io":    {"StorageVersion"},
		"networking.k8s.io":            {"IngressClass", "IPAddress", "ServiceCIDR"},
		"node.k8s.io":                  {"RuntimeClass"},
		"policy":                       {"PodSecurityPolicy"},
		"rbac.authorization.k8s.io":    {"ClusterRole", "ClusterRoleBinding"},
		"resource.k8s.io":              {"DeviceClass", "ResourceSlice", "DeviceTaintRule", "ResourcePoolStatusRequest"},
		"scheduling.k8s.io":            {"PriorityClass"},
		"storage.k8s.io":               {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"},
		"storagemigration.k8s.io":      {"StorageVersionMigration"},
	} {
		for _, kind := range kinds {
			s[[2]string{group, kind}] = true
		}
	}
	return s
}

// AddCRDs learns the scope of every kind that a CustomResourceDefinition among the objects defines.
func (s Scopes) AddCRDs(objects []Object) {
	for _, o := range objects {
		if o.GetKind() != "CustomResourceDefinition" {
			continue
		}
		group, _, _ := unstructured.NestedString(o.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(o.Object, "spec", "names", "kind")
		scope, _, _ := unstructured.NestedString(o.Object, "spec", "scope")
		s[[2]string{group, kind}] = scope == "Cluster"
	}
}

// ClusterScoped reports whether objects of the kind have no namespace. An unknown kind counts as namespaced.
func (s Scopes) ClusterScoped(group, kind string) bool { return s[[2]string{group, kind}] }

// knows reports whether it is certain in which of both scopes a kind is: Kubernetes' own groups have no dot or are among those
// of its cluster-scoped kinds, others say it in a CustomResourceDefinition.
func (s Scopes) knows(group, kind string) bool {
	if _, told := s[[2]string{group, kind}]; told || !strings.Contains(group, ".") {
		return true
	}
	switch group {
	case "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io": // these have none
		return true
	}
	for of := range BuiltinScopes() {
		if of[0] == group {
			return true
		}
	}
	return false
}

// Namespace is the namespace in which a cluster has the object: none for a kind without one, whatever the object says; else the
// one that it names, or the current one. Of a kind whose scope nothing tells, it is what the object says.
func (s Scopes) Namespace(o Object, current string) string {
	gvk := o.GroupVersionKind()
	switch namespace := o.GetNamespace(); {
	case s.ClusterScoped(gvk.Group, gvk.Kind):
		return ""
	case namespace == "" && s.knows(gvk.Group, gvk.Kind):
		return current
	default:
		return namespace
	}
}

// Settle are the objects with the namespaces in which a cluster has them, as admission sees them. The given ones stay as they
// are; CustomResourceDefinitions among them tell of their kinds' scopes.
func Settle(objects []Object, current string) []Object {
	scopes := BuiltinScopes()
	scopes.AddCRDs(objects)
	return scopes.Settle(objects, current)
}

// Settle are the objects with the namespaces in which a cluster of these scopes has them. The given ones stay as they are.
func (s Scopes) Settle(objects []Object, current string) []Object {
	settled := make([]Object, len(objects))
	for i, o := range objects {
		settled[i] = o.in(s.Namespace(o, current))
	}
	return settled
}

// in is the object in a namespace.
func (o Object) in(namespace string) Object {
	meta, isMap := o.Object["metadata"].(map[string]any)
	if namespace == o.GetNamespace() || !isMap {
		return o
	}
	content := maps.Clone(o.Object)
	meta = maps.Clone(meta)
	delete(meta, "namespace")
	if content["metadata"] = meta; namespace != "" {
		meta["namespace"] = namespace
	}
	o.Unstructured = &unstructured.Unstructured{Object: content}
	return o
}
