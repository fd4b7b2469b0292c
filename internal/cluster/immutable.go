package cluster

import (
	"context"
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

// anewOnly reports an update that the server refuses in words of its own, such as a transition rule of a custom resource, while it
// would take the object if it did not exist: under another name it does.
func (f *preflight) anewOnly(ctx context.Context, a *plan.Action, err error) bool {
	if a.Op != plan.Update || a.Live == nil || !apierrors.IsInvalid(err) || len(immutable(err)) > 0 || strings.Contains(err.Error(), "admission webhook") {
		return false
	}
	scratch := beside(a, a.Whole)
	return f.dryRun(ctx, &scratch, f.unread(ctx), true) == nil
}

// renew makes such an update a recreation where somebody has asked for that. Else it is a refusal that says how to ask.
func (f *preflight) renew(a *plan.Action, err error) {
	may, advice := f.plan.MayRecreate(*a)
	if !may {
		findings := refusal(f.plan, *a, err)
		for i := range findings {
			findings[i].Hint = advice
		}
		f.note(findings...)
		return
	}
	reasons := make([]string, 0, 1)
	for _, c := range causesOf(err) {
		reasons = append(reasons, strings.TrimPrefix(c.Field+": "+c.Message, ": "))
	}
	a.Anew("the server takes it anew only: " + strings.Join(reasons, "; "))
}
