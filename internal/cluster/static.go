package cluster

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/plan"
	"github.com/otomi/kubectl-otomi/internal/ready"
)

// static reports an object that is what it should be as soon as it is stored: nobody reports on it, or what is reported does
// not matter. Waiting for it would only cost requests.
func (r *run) static(a *plan.Action) bool {
	if a.Object.Unstructured != nil && a.Object.GetAnnotations()[ready.WhenKey] != "" {
		return false
	}
	switch a.ID.Group + "/" + a.ID.Kind {
	case "/Namespace", "/ResourceQuota", "networking.k8s.io/Ingress", "autoscaling/HorizontalPodAutoscaler", "batch/CronJob":
		return true
	}
	gk := schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}
	s, err := r.kinds.findAny(r.requests, gk, a.Version)
	return err == nil && !s.status && !ready.Reports(gk)
}
