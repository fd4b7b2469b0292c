// Package ready says whether a live object is ready and, if not, why. An object as the API server returns it goes in, with
// the time to judge it at; a Status with one phrase for people comes out. Because goes further for what is not ready: from
// the Pods, ReplicaSets and Events around a workload it names the cause. All functions are pure and ask no API server.
//
// The verdicts are those of kstatus where kstatus tells the truth. It is corrected where it calls ready what is not:
// Jobs that merely started, failed Pods, load balancers without an address, custom resources that no controller has
// looked at; and where it never calls ready what is: workloads updated on delete, volume claims that wait for their
// first consumer.
package ready

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// GracePeriod is how long after its creation an object is given the benefit of the doubt when only a controller's first
// write could tell: a custom resource without status, or a volume claim that nobody provisions, is in progress for so
// long and ready afterwards. The answer then changes without any change of the object, so whoever waits has to ask again.
const GracePeriod = 10 * time.Second

// State is what an object is in, in one word.
type State string

// The states. Only Ready satisfies a wait; Failed is what will not get ready without somebody's doing. The last two Compute never
// gives.
const (
	Ready       State = "Ready"
	InProgress  State = "InProgress"
	Failed      State = "Failed"
	Terminating State = "Terminating"
	Missing     State = "Missing"
	Unknown     State = "Unknown"    // nobody could look
	NotApplied  State = "NotApplied" // it is not what the last run was to make it
)

// Status is the verdict on one object.
type Status struct {
	State State `json:"state"`
	// Reason is one lower-case phrase, such as "2 of 3 replicas available"; empty where there is nothing to say, as for
	// most of what is ready.
	Reason string `json:"reason,omitempty"`
}

// Compute judges a live object at a time. No object at all is Missing.
func Compute(u *unstructured.Unstructured, now time.Time) Status {
	if u == nil {
		return Status{State: Missing, Reason: "not found"}
	}
	if u.GetDeletionTimestamp() != nil {
		return terminating(u)
	}
	judge, observed := ruleFor(u)
	if observed {
		if s, behind := unobserved(u); behind {
			return s
		}
	}
	return judge(u, now)
}

type rule func(u *unstructured.Unstructured, now time.Time) Status

// ruleFor is the table of kinds. Observed tells whether the verdict needs a status that speaks of the newest generation.
func ruleFor(u *unstructured.Unstructured) (judge rule, observed bool) {
	gk := u.GroupVersionKind().GroupKind()
	if r, known := ofKind(gk); known {
		return r.judge, true
	}
	switch gk.String() {
	case "Deployment.apps":
		return typed(deployment), true
	case "StatefulSet.apps":
		return typed(statefulSet), true
	case "DaemonSet.apps":
		return typed(daemonSet), true
	case "ReplicaSet.apps", "ReplicationController":
		return typed(replicas), true
	case "Pod":
		// The status of a Pod has several writers, and not each of them moves observedGeneration along.
		return typed(pod), false
	case "Job.batch":
		return typed(job), true
	default:
		return ofOthers(gk.String())
	}
}

// ofOthers is the rest of the table: kinds that run no Pods.
func ofOthers(kind string) (judge rule, observed bool) {
	switch kind {
	case "Service":
		return typed(service), false
	case "PersistentVolumeClaim":
		return typed(claim), false
	case "PersistentVolume":
		return typed(volume), false
	case "Namespace":
		return namespace, false
	case "APIService.apiregistration.k8s.io":
		return apiService, false
	case "PodDisruptionBudget.policy":
		return disruptions, true
	case "HorizontalPodAutoscaler.autoscaling":
		return autoscaler, false
	case "Ingress.networking.k8s.io":
		return ingress, false
	case "ResourceQuota", "CronJob.batch":
		// Their status reports what goes on elsewhere; they do their work as soon as they exist.
		return always, false
	default:
		return general, true
	}
}

// typed makes a rule on a Go type into one on objects. An object of a built-in kind that does not have its kind's form is
// waited for: whatever serves it is not yet what it should be.
func typed[T any](judge func(t *T, u *unstructured.Unstructured, now time.Time) Status) rule {
	return func(u *unstructured.Unstructured, now time.Time) Status {
		t, err := decode[T](u)
		if err != nil {
			return unreadable(err)
		}
		return judge(t, u, now)
	}
}

func always(*unstructured.Unstructured, time.Time) Status { return Status{State: Ready} }

// terminating names what a deletion waits for. A namespace has its finalizers in its spec and says in conditions what is
// left in it.
func terminating(u *unstructured.Unstructured) Status {
	return Status{State: Terminating, Reason: cmp.Or(Deletion(u), "being deleted")}
}
