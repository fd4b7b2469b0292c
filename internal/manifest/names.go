package manifest

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
)

// nameRule is what the API server of a minor version asks of the names of a kind. OpenAPI does not tell; test/e2e/manifests
// compares.
func nameRule(group, kind string, minor int) validation.ValidateNameFunc {
	if group == "rbac.authorization.k8s.io" || group == "policy" {
		return segment
	}
	switch group + "/" + kind {
	case "/Namespace", "apps/StatefulSet": // a StatefulSet's is the host's name of its Pods
		return validation.NameIsDNSLabel
	case "/Service":
		if minor >= 36 {
			return validation.NameIsDNSLabel
		}
		return validation.NameIsDNS1035Label
	case "batch/Job":
		return atMost(63) // it is a label of its Pods
	case "batch/CronJob":
		return atMost(52) // its Jobs append to it
	}
	return validation.NameIsDNSSubdomain
}

// atMost is the rule of most kinds for those whose names are shorter.
func atMost(n int) validation.ValidateNameFunc {
	return func(name string, prefix bool) []string {
		wrong := validation.NameIsDNSSubdomain(name, prefix)
		if len(name) > n {
			wrong = append(wrong, fmt.Sprintf("it may have %d characters", n))
		}
		return wrong
	}
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
