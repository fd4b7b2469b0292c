package cluster

import (
	"regexp"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

// LacksRight says what to do about an error that comes from a right that the user does not have; empty: it comes from something else.
// Admission refuses with the same code, and what it refuses no right would allow.
func LacksRight(err error) string {
	if !apierrors.IsForbidden(err) || !regexp.MustCompile(` cannot \w+ (resource|path) "`).MatchString(err.Error()) {
		return ""
	}
	advice := "ask for the rights that " + plan.RightsPage + " lists; what you may do says: kubectl auth can-i --list"
	if in := regexp.MustCompile(` in the namespace "([^"]+)"`).FindStringSubmatch(err.Error()); in != nil {
		advice += " -n " + in[1]
	}
	return advice
}
