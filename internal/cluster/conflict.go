package cluster

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/otomi/kubectl-otomi/internal/object"
	"github.com/otomi/kubectl-otomi/internal/plan"
)

// conflictError is fields that other managers own and that are not ours to take.
type conflictError struct{ conflicts []plan.Conflict }

// Error lists the fields.
func (e *conflictError) Error() string {
	lines := make([]string, len(e.conflicts))
	for i, c := range e.conflicts {
		lines[i] = c.String()
	}
	return strings.Join(lines, "; ")
}

// settle decides about fields that others own. People who changed an object by hand are overruled: what is in git counts. So
// are what we handed over ourselves and replicas that an autoscaler left behind. Controllers are not.
func settle(a *plan.Action, causes []metav1.StatusCause) (taken []string, conflicts []plan.Conflict) {
	for _, c := range causes {
		manager, subresource := managerOf(c.Message)
		switch {
		case manager == plan.YieldManager:
		case plan.ByHand(manager), subresource == "scale" && c.Field == ".spec.replicas":
			taken = append(taken, fmt.Sprintf("%s (set by %s)", c.Field, manager))
		default:
			conflicts = append(conflicts, plan.Conflict{
				ID: a.ID, Path: strings.TrimPrefix(c.Field, "."), Owner: fmt.Sprintf("field manager %q", manager), Hint: "--force-conflicts",
			})
		}
	}
	return taken, conflicts
}

// managerOf reads who a conflict is with; the API server has it only in the text.
func managerOf(message string) (manager, subresource string) {
	m := regexp.MustCompile(`^conflict with "([^"]*)"(?: with subresource "([^"]*)")?`).FindStringSubmatch(message)
	if m == nil {
		return message, ""
	}
	return m[1], m[2]
}

// transfer changes who owns which fields before the object is applied, where that is needed. It begins with the object as the
// plan saw it: where nobody wrote since, that is one request.
func (r *run) transfer(ctx context.Context, a *plan.Action) error {
	if a.Live == nil {
		return nil
	}
	seen := a.Live
	return r.repeat(ctx, a, func(ctx context.Context) error {
		if seen == nil {
			s, err := r.kinds.findAny(ctx, schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}, a.Version)
			if err != nil {
				return err
			}
			m, err := r.getMeta(ctx, s, a.ID)
			if err != nil || m == nil {
				return err // what is gone has no owner
			}
			seen = plan.MetaOf(m)
		}
		patch, err := a.Transfer(seen)
		seen = nil // the next time it is another
		if err != nil || patch == nil {
			return err
		}
		s, err := r.kinds.find(ctx, a.Object.GroupVersionKind().GroupKind(), a.Version)
		if err != nil {
			return err
		}
		options := metav1.PatchOptions{FieldManager: object.FieldManager}
		_, err = r.metadata.Resource(s.resource).Namespace(a.ID.Namespace).Patch(ctx, a.ID.Name, types.JSONPatchType, patch, options)
		return err
	})
}
