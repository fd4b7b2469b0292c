package cluster

import (
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// beside is the action with the object under a name that nobody has: how the server would take it if the old one were not there, in
// its own namespace, where all that has a say in it has one.
func beside(a *plan.Action, o object.Object) plan.Action {
	scratch := *a
	scratch.Object = o
	scratch.Object.Unstructured = o.DeepCopy()
	scratch.ID.Name = scratchName(a)
	scratch.Object.SetName(scratch.ID.Name)
	return scratch
}

// scratchName is a name that nobody has, and whose text is nowhere else.
func scratchName(a *plan.Action) string { return "otomi-trial-" + string(a.Live.UID) }

// besides are the findings about an object that the server refuses beside the old one. What only the name or the old one is the
// reason of is none. A quota counts both: whether it has room for one of them is not for us to tell, but that it never has is.
func besides(p *plan.Plan, a *plan.Action, err error) diag.Findings {
	var findings diag.Findings
	for _, f := range refusal(p, *a, err) {
		f.Message = strings.ReplaceAll(f.Message, scratchName(a), a.ID.Name)
		switch {
		case f.Path == "metadata.name", strings.Contains(f.Message, "already allocated"):
			continue
		case apierrors.IsForbidden(err) && strings.Contains(f.Message, " cannot patch resource "):
			continue // the right to change this object may be one to change it by its name
		case overQuota(err) && !neverFits(f.Message):
			f.Severity = diag.Warning
			f.Message = "could not be tried out beside the old one, which the quota counts as long as it is there: " + f.Message
		case f.Hint == "":
			f = f.WithHint("the old one was left alone; where the server refuses the new one only because the old one is there, delete that one first")
		}
		findings = append(findings, f)
	}
	return findings
}

func overQuota(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "exceeded quota")
}

// neverFits reports a quota that is too small for the object alone.
func neverFits(message string) bool {
	_, requested, _ := strings.Cut(message, "requested: ")
	requested, rest, _ := strings.Cut(requested, ", used: ")
	_, limited, _ := strings.Cut(rest, ", limited: ")
	limits := map[string]resource.Quantity{}
	for name, q := range quantities(limited) {
		limits[name] = q
	}
	for name, q := range quantities(requested) {
		if limit, known := limits[name]; known && q.Cmp(limit) > 0 {
			return true
		}
	}
	return false
}

// quantities are those of a list such as pods=1,requests.cpu=2.
func quantities(list string) map[string]resource.Quantity {
	found := map[string]resource.Quantity{}
	for _, item := range regexp.MustCompile(`[^ ,=]+=[^ ,;]+`).FindAllString(list, -1) {
		name, value, _ := strings.Cut(item, "=")
		if q, err := resource.ParseQuantity(value); err == nil {
			found[name] = q
		}
	}
	return found
}

// renamed puts the object's name in the place of the one it was tried out under, wherever the server or a webhook has written that.
func renamed(value any, a *plan.Action) any {
	switch x := value.(type) {
	case map[string]any:
		for key := range x {
			x[key] = renamed(x[key], a)
		}
		return x
	case []any:
		for i := range x {
			x[i] = renamed(x[i], a)
		}
		return x
	case string:
		return strings.ReplaceAll(x, scratchName(a), a.ID.Name)
	default:
		return value
	}
}
