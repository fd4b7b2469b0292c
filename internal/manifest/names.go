package manifest

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
)

// nameRule is what the API server asks of the names of a kind. OpenAPI does not tell; test/e2e/manifests compares.
func nameRule(group, kind string) validation.ValidateNameFunc {
	switch group {
	case "":
		switch kind {
		case "Namespace":
			return validation.ValidateNamespaceName
		case "Service":
			return validation.NameIsDNS1035Label
		}
	case "rbac.authorization.k8s.io", "policy":
		return segment
	}
	return validation.NameIsDNSSubdomain
}

// segment is the rule for names that may be anything that can stand in a URL's path.
func segment(name string, prefix bool) []string {
	switch {
	case !prefix && (name == "." || name == ".."):
		return []string{"it may not be '" + name + "'"}
	case strings.ContainsAny(name, "/%"):
		return []string{"it may not contain '/' or '%'"}
	default:
		return nil
	}
}

// because joins what the API server's rules say, without the regular expressions.
func because(wrong []string) string {
	for i, w := range wrong {
		if before, _, found := strings.Cut(w, ", regex used for validation is"); found {
			wrong[i] = strings.ReplaceAll(before, ",  or ", " or ") + ")"
		}
	}
	return strings.Join(wrong, "; ")
}
