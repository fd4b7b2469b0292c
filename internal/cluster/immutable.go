package cluster

import (
	"errors"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/otomi/kubectl-otomi/internal/plan"
)

// causesOf are the fields that the API server finds invalid.
func causesOf(err error) []metav1.StatusCause {
	var status apierrors.APIStatus
	if !apierrors.IsInvalid(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	return status.Status().Details.Causes
}

// immutable are the fields that the server refuses to change, when that is all it has against an object.
func immutable(err error) []string {
	var fields []string
	for _, c := range causesOf(err) {
		if !fixed(c.Message) {
			return nil
		}
		fields = append(fields, c.Field)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// fixed reports a message about a field that cannot be changed. The API server has no reason of its own for it, and many words:
// these are those of its kinds, and "immutable" is also what custom resources say.
func fixed(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc([]string{
		"immutable",
		"updates to statefulset spec for fields other than",
		"pod updates may not change fields other than",
		"cannot change roleref",
		"may not change once set",
		"may not be changed",
		"may not be modified",
		"cannot be changed",
	}, func(words string) bool { return strings.Contains(message, words) }) ||
		strings.Contains(message, "updates to ") && strings.Contains(message, "are forbidden")
}

// anew makes an update that the server refuses because of a field that cannot be changed a recreation, where somebody has
// asked for that. The plan says so from then on.
func (f *preflight) anew(a *plan.Action, err error) bool {
	fields := immutable(err)
	if len(fields) == 0 || a.Op != plan.Update {
		return false
	}
	if may, _ := f.plan.MayRecreate(*a); !may {
		return false
	}
	a.Anew("cannot be changed: " + strings.Join(fields, ", "))
	return true
}

// replaceable reports a refusal that only says that the old object cannot become the new one, which is going to take its place.
func replaceable(a *plan.Action, err error) bool {
	return a.Op == plan.Recreate && len(immutable(err)) > 0
}
