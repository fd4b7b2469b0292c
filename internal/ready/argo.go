package ready

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func argo() []kindRule {
	return []kindRule{
		{"Application", "healthy, and in sync where it synchronises by itself; Degraded and a failed operation are failed", application},
		{"ApplicationSet", "condition ResourcesUpToDate is True", requires("ResourcesUpToDate")},
		{"Rollout", "status.phase is Healthy; Degraded is failed", phased([]string{"Healthy"}, []string{"Degraded"}, "phase")},
		{"Workflow", "status.phase is Succeeded; Failed and Error are failed", phased([]string{"Succeeded"}, []string{"Failed", "Error"}, "phase")},
		{"ArgoCD", "status.phase is Available; Failed is failed", phased([]string{"Available"}, []string{"Failed"}, "phase")},
		{"EventBus EventSource Sensor", "condition Deployed is True", requires("Deployed")},
		{"*", atOnce, always},
	}
}

// application judges by what Argo CD says of health, synchronisation and its last operation.
func application(u *unstructured.Unstructured, _ time.Time) Status {
	health, sync := statusText(u, "health", "status"), statusText(u, "sync", "status")
	phase, message := statusText(u, "operationState", "phase"), phrase(statusText(u, "operationState", "message"))
	_, automated, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "syncPolicy", "automated")
	synced := sync == "Synced"
	switch {
	case health == "" && sync == "":
		return inProgress("no status yet")
	case !synced && (phase == "Failed" || phase == "Error"):
		return failed("%s", cmp.Or(message, "the operation failed"))
	case phase == "Running":
		return inProgress("%s", cmp.Or(message, "an operation is running"))
	case health == "Degraded":
		return failed("%s", cmp.Or(phrase(statusText(u, "health", "message")), "degraded"))
	case health != "Healthy" && (automated || synced):
		return inProgress("%s", cmp.Or(phrase(statusText(u, "health", "message")), "health is "+cmp.Or(health, "unknown")))
	case !synced && automated:
		return inProgress("synchronisation is %s", cmp.Or(sync, "unknown"))
	case !synced:
		return Status{State: Ready, Reason: "out of sync, waits for somebody to synchronise it"}
	default:
		return Status{State: Ready}
	}
}
