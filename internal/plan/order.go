package plan

import "github.com/otomi/kubectl-otomi/internal/object"

// The ranks of a release's objects: each rank is sent when the ones before it were.
const (
	RankConfig   = iota // what Pods refer to or are limited by
	RankOther           // Services, Ingresses, custom resources, …
	RankWorkload        // what makes Pods
	RankHook            // what makes the API server call into workloads
)

// Rank orders the objects of a release.
func Rank(id object.ID) int {
	switch id.Group + "/" + id.Kind {
	case "/ServiceAccount", "/ConfigMap", "/Secret", "/ResourceQuota", "/LimitRange", "/PersistentVolume", "/PersistentVolumeClaim",
		"rbac.authorization.k8s.io/Role", "rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/RoleBinding",
		"rbac.authorization.k8s.io/ClusterRoleBinding", "networking.k8s.io/NetworkPolicy", "scheduling.k8s.io/PriorityClass",
		"storage.k8s.io/StorageClass", "networking.k8s.io/IngressClass", "node.k8s.io/RuntimeClass":
		return RankConfig
	case "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet", "/ReplicationController", "/Pod", "batch/Job",
		"batch/CronJob":
		return RankWorkload
	case "admissionregistration.k8s.io/ValidatingWebhookConfiguration", "admissionregistration.k8s.io/MutatingWebhookConfiguration",
		"apiregistration.k8s.io/APIService":
		return RankHook
	default:
		return RankOther
	}
}

// Definition reports the two kinds that others cannot exist without and that go first, whatever their runlevel.
func Definition(id object.ID) bool { return isCRD(id) || isNamespace(id) }

func isCRD(id object.ID) bool {
	return id.Group == "apiextensions.k8s.io" && id.Kind == "CustomResourceDefinition"
}

func isNamespace(id object.ID) bool { return id.Group == "" && id.Kind == "Namespace" }

func early(id object.ID) int {
	if Definition(id) {
		return 0
	}
	return 1
}

// DeleteRank orders deletions: everything by runlevel, then the definitions of custom resources and the templates of
// constraints, then namespaces.
func DeleteRank(id object.ID) int {
	switch {
	case isNamespace(id):
		return 2
	case isCRD(id), id.Group == templates:
		return 1
	default:
		return 0
	}
}
