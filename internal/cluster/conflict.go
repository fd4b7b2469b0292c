package cluster

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
		case byHand(manager), subresource == "scale" && c.Field == ".spec.replicas":
			taken = append(taken, fmt.Sprintf("%s (set by %s)", c.Field, manager))
		default:
			conflicts = append(conflicts, plan.Conflict{
				ID: a.ID, Path: strings.TrimPrefix(c.Field, "."), Owner: fmt.Sprintf("field manager %q", manager), Hint: "--force-conflicts",
			})
		}
	}
	return taken, conflicts
}

// byHand reports the field managers of kubectl's own commands.
func byHand(manager string) bool {
	return manager == "kubectl" || (strings.HasPrefix(manager, "kubectl-") && !strings.HasPrefix(manager, object.FieldManager))
}

// managerOf reads who a conflict is with; the API server has it only in the text.
func managerOf(message string) (manager, subresource string) {
	m := regexp.MustCompile(`^conflict with "([^"]*)"(?: with subresource "([^"]*)")?`).FindStringSubmatch(message)
	if m == nil {
		return message, ""
	}
	return m[1], m[2]
}

// handOver lets another manager own a field at its live value, so that leaving it out does not reset it.
func (r *run) handOver(ctx context.Context, a *plan.Action, path []string) error {
	s, err := r.kinds.find(ctx, a.Object.GroupVersionKind().GroupKind(), a.Version)
	if err != nil {
		return err
	}
	resource := r.dynamic.Resource(s.resource).Namespace(a.ID.Namespace)
	return r.repeat(ctx, a, func(ctx context.Context) error {
		live, err := resource.Get(ctx, a.ID.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		value, found, err := unstructured.NestedFieldCopy(live.Object, path...)
		if err != nil || !found {
			return err
		}
		// With the version that was read: whoever changes the field meanwhile wins, and we look again.
		keep := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": a.Object.GetAPIVersion(), "kind": a.ID.Kind,
			"metadata": map[string]any{"name": a.ID.Name, "resourceVersion": live.GetResourceVersion()},
		}}
		if err := unstructured.SetNestedField(keep.Object, value, path...); err != nil {
			return err
		}
		_, err = resource.Apply(ctx, a.ID.Name, keep, metav1.ApplyOptions{FieldManager: plan.YieldManager, Force: true})
		return err
	})
}
