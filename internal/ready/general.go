package ready

import (
	"slices"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// general judges every kind without a rule of its own: kstatus' conventions (Reconciling, Stalled, Ready), what else is
// customary, and a grace period for custom resources that have no status yet.
func general(u *unstructured.Unstructured, now time.Time) Status {
	if s, behind := outdated(u); behind {
		return s
	}
	if custom(u) && !hasStatus(u) && young(u, now) {
		return inProgress("no status yet")
	}
	s := kstatus(legible(u))
	if custom(u) && (s.State == Ready || s.Reason == "") {
		return customary(u)
	}
	return s
}

// kstatus is the verdict of the library in our words.
func kstatus(u *unstructured.Unstructured) Status {
	r, err := status.Compute(u)
	if err != nil {
		return unreadable(err)
	}
	reason := phrase(r.Message)
	if reason == "" && len(r.Conditions) > 0 {
		reason = r.Conditions[0].Reason
	}
	switch r.Status {
	case status.CurrentStatus:
		return Status{State: Ready}
	case status.FailedStatus:
		return failed("%s", reason)
	default:
		return inProgress("%s", reason)
	}
}

// unobserved reports a status that speaks of an older generation than the object's.
func unobserved(u *unstructured.Unstructured) (Status, bool) {
	field, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", "observedGeneration")
	observed, ok := integer(field)
	if generation := u.GetGeneration(); ok && generation > 0 && observed < generation {
		return inProgress("generation %d not yet observed", generation), true
	}
	return Status{}, false
}

// outdated reports that a condition which decides readiness speaks of an older generation.
func outdated(u *unstructured.Unstructured) (Status, bool) {
	deciding := []string{string(status.ConditionReconciling), string(status.ConditionStalled), "Ready"}
	for _, c := range conditions(u) {
		if slices.Contains(deciding, c.Type) && c.old(u) {
			return inProgress("condition %s is of an earlier generation", c.Type), true
		}
	}
	return Status{}, false
}

// legible is what kstatus needs of an object, in the form it insists on: it refuses an object as a whole when
// observedGeneration is no integer or when conditions are not what it expects.
func legible(u *unstructured.Unstructured) *unstructured.Unstructured {
	var list []any
	for _, c := range conditions(u) {
		list = append(list, map[string]any{"type": c.Type, "status": c.Status, "reason": c.Reason, "message": c.Message})
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": u.GetAPIVersion(),
		"kind":       u.GetKind(),
		"metadata":   map[string]any{"name": u.GetName(), "namespace": u.GetNamespace()},
		"status":     map[string]any{"conditions": list},
	}}
}

func hasStatus(u *unstructured.Unstructured) bool {
	m, _, err := unstructured.NestedFieldNoCopy(u.Object, "status")
	fields, isMap := m.(map[string]any)
	return err == nil && m != nil && (!isMap || len(fields) > 0)
}

// young reports an object within its grace period. Where this machine's clock and the server's disagree so much that the
// object seems to come from the future, there is no grace: it would last as long as the disagreement.
func young(u *unstructured.Unstructured, now time.Time) bool {
	age := now.Sub(u.GetCreationTimestamp().Time)
	return age.Abs() < GracePeriod
}

// custom reports a kind of a group that Kubernetes does not serve itself. Groups are listed because the suffix does not
// tell: gateway.networking.k8s.io is made of custom resources.
func custom(u *unstructured.Unstructured) bool {
	switch u.GroupVersionKind().Group {
	case "", "apps", "autoscaling", "batch", "policy", "extensions",
		"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io",
		"authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
		"flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io",
		"rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io":
		return false
	default:
		return true
	}
}
