package plan

import (
	"fmt"
	"slices"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// OnImmutableKey, on a desired object, says what to do when a field that cannot be changed has changed: recreate.
const (
	OnImmutableKey = "otomi.io/on-immutable"
	RecreateValue  = "recreate"
)

// MayRecreate tells whether an object may be deleted and made anew because the server refuses to change a field of it, and if
// not, what would allow it.
func (p *Plan) MayRecreate(a Action) (may bool, advice string) {
	if a.Live == nil {
		return false, ""
	}
	if never := irreplaceable(a.ID); never != "" {
		return false, fmt.Sprintf("this field cannot be changed, and the object is never made anew: %s", never)
	}
	if a.Op == Adopt {
		return false, "this field cannot be changed, and what is taken over is never made anew: set the live value, or adopt it first"
	}
	if reason := protected(a.Live); reason != "" {
		return false, fmt.Sprintf("this field cannot be changed, and the object must not be made anew: %s", reason)
	}
	if a.Task() || slices.Contains(p.Recreate, a.ID) || a.Object.GetAnnotations()[OnImmutableKey] == RecreateValue {
		return true, ""
	}
	return false, fmt.Sprintf("this field cannot be changed; to have the object deleted and made anew, annotate it with %s: %s, or run with --recreate %s",
		OnImmutableKey, RecreateValue, a.ID)
}

// irreplaceable says what would be lost with an object that must not be deleted to be made anew.
func irreplaceable(id object.ID) string {
	switch {
	case isNamespace(id):
		return "everything in the namespace would go with it"
	case isCRD(id):
		return "all resources of its kind would go with it"
	case id.Group == "" && (id.Kind == "PersistentVolume" || id.Kind == "PersistentVolumeClaim"):
		return "its data would go with it"
	default:
		return ""
	}
}
