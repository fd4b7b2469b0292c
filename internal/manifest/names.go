package manifest

import (
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// nameRule is what the API server asks of the names of a kind. OpenAPI does not tell.
func nameRule(kind schema.GroupKind) validation.ValidateNameFunc {
	switch kind {
	case schema.GroupKind{Kind: "Namespace"}:
		return validation.ValidateNamespaceName
	case schema.GroupKind{Kind: "Service"}:
		return validation.NameIsDNS1035Label
	}
	if kind.Group == "rbac.authorization.k8s.io" {
		return path.ValidatePathSegmentName
	}
	return validation.NameIsDNSSubdomain
}
