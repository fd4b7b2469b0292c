package relation

import (
	"slices"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// target is what a reference names; without a kind where nothing can be said of it.
func (c *check) target(i int, r reference, m map[string]any) object.ID {
	id := object.ID{Kind: r.kind, Namespace: c.id[i].Namespace, Name: text(m, r.name)}
	if namespace := text(m, "namespace"); namespace != "" {
		id.Namespace = namespace
	}
	if kind := text(m, "kind"); kind != "" {
		id.Kind = kind
	}
	id.Group = r.group(c.id[i], m, id.Kind)
	switch {
	case strings.HasPrefix(id.Kind, "Cluster") && id.Group == rbac:
		id.Namespace = ""
	case id.Kind == "User" || id.Kind == "Group":
		id.Kind = ""
	}
	return id
}

// group is that of the kind that a reference names. Which field says it differs, and what it means when it says nothing.
func (r reference) group(of object.ID, m map[string]any, kind string) string {
	if version := text(m, "apiVersion"); version != "" {
		group, _, versioned := strings.Cut(version, "/")
		if !versioned {
			return ""
		}
		return group
	}
	for _, field := range []string{"apiGroup", "group"} {
		if group, there := m[field].(string); there {
			return group
		}
	}
	switch {
	case slices.Contains(r.path, "parentRefs"):
		return of.Group
	case kind == "Role" || kind == "ClusterRole":
		return rbac
	case slices.Contains([]string{"Deployment", "StatefulSet", "ReplicaSet"}, kind): // what KEDA scales
		return "apps"
	default:
		return ""
	}
}

// given reports whether every cluster has the object, or its namespaces get it.
func given(id object.ID) bool {
	switch id.Kind {
	case "ServiceAccount":
		return id.Name == "default"
	case "ConfigMap":
		return id.Name == "kube-root-ca.crt" || id.Name == "openshift-service-ca.crt" ||
			id.Name == "extension-apiserver-authentication" && id.Namespace == "kube-system"
	case "ClusterRole":
		return slices.Contains([]string{"cluster-admin", "admin", "edit", "view"}, id.Name) || strings.HasPrefix(id.Name, "system:")
	case "Role":
		return strings.HasPrefix(id.Name, "system:") || id.Name == "extension-apiserver-authentication-reader" && id.Namespace == "kube-system"
	case "Service":
		return id.Name == "kubernetes" && id.Namespace == "default"
	}
	return false
}
