package ready

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func gatewayAPI() []kindRule {
	return []kindRule{
		{"GatewayClass", "condition Accepted is True", requires("Accepted")},
		{"Gateway ListenerSet XListenerSet", "conditions Accepted and Programmed are True", requires("Accepted", "Programmed")},
		{"HTTPRoute GRPCRoute TLSRoute TCPRoute UDPRoute", "every parent that it names has accepted it and resolved its references", route},
		{"BackendTLSPolicy BackendLBPolicy", "every ancestor in its status has accepted it", policy},
		{"*", atOnce, always},
	}
}

// route judges by each parent's conditions. A controller reports on the parents that are its own, so that a parent that nobody
// reports on has no controller or does not exist.
func route(u *unstructured.Unstructured, _ time.Time) Status {
	wanted, _, _ := unstructured.NestedSlice(u.Object, "spec", "parentRefs")
	reported := reports(u, "parents")
	if len(reported) == 0 && len(wanted) > 0 {
		return inProgress("no parent has looked at it yet")
	}
	for _, parent := range reported {
		if s := meets(u, parent, "Accepted", "ResolvedRefs"); s.State != Ready {
			return s
		}
	}
	if len(reported) < len(wanted) {
		return inProgress("%d of %s accepted it", len(reported), plural(int32(len(wanted)), "parent")) //nolint:gosec // a count of parents
	}
	return Status{State: Ready}
}

func policy(u *unstructured.Unstructured, _ time.Time) Status {
	reported := reports(u, "ancestors")
	if len(reported) == 0 {
		return inProgress("no ancestor has looked at it yet")
	}
	for _, ancestor := range reported {
		if s := meets(u, ancestor, "Accepted"); s.State != Ready {
			return s
		}
	}
	return Status{State: Ready}
}

// reports are the conditions of each entry of a list in the status.
func reports(u *unstructured.Unstructured, list string) [][]condition {
	field, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", list)
	items, _ := field.([]any)
	var found [][]condition
	for _, item := range items {
		m, _ := item.(map[string]any)
		found = append(found, readConditions(m["conditions"]))
	}
	return found
}
