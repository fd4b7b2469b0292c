package ready

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// gatekeeper judges by what each of Gatekeeper's Pods says: that it could not compile a template or read a constraint, has not
// seen the newest, or judges by it.
func gatekeeper(u *unstructured.Unstructured, _ time.Time) Status {
	field, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", "byPod")
	pods, _ := field.([]any)
	seen := false
	for _, item := range pods {
		pod, _ := item.(map[string]any)
		observed, ok := integer(pod["observedGeneration"])
		if ok && observed < u.GetGeneration() {
			return inProgress("generation %d not yet observed", u.GetGeneration())
		}
		if errs, _ := pod["errors"].([]any); len(errs) > 0 {
			first, _ := errs[0].(map[string]any)
			text, _ := first["message"].(string)
			return failed("%s", phrase(text))
		}
		if on, says := pod["enforced"].(bool); says && !on {
			return inProgress("not yet enforced")
		}
		seen = true
	}
	if !seen {
		return inProgress("Gatekeeper has not looked at it yet")
	}
	return Status{State: Ready}
}
