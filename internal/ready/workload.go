package ready

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
)

// The rules here let kstatus decide on rollouts and put its verdict into words. They decide themselves where a workload is
// updated only when somebody deletes its Pods: kstatus then asks for too little (StatefulSet) or for what never comes
// (DaemonSet).

func deployment(d *appsv1.Deployment, u *unstructured.Unstructured, _ time.Time) Status {
	s := kstatus(u)
	if s.State == Ready {
		return s
	}
	lag := firstLag(ptr.Deref(d.Spec.Replicas, 1), "replica",
		count{d.Status.UpdatedReplicas, "updated"}, count{d.Status.ReadyReplicas, "ready"}, count{d.Status.AvailableReplicas, "available"})
	if old := d.Status.Replicas - d.Status.UpdatedReplicas; lag == "" && old > 0 {
		lag = plural(old, "old replica") + " still running"
	}
	switch c, _ := findCondition(u, "ReplicaFailure"); {
	case c.Status == "True":
		s.Reason = refusal(c.Message)
	case lag == "": // what kstatus says
	case s.State == Failed:
		s.Reason += ": " + lag
	case d.Spec.Paused:
		s.Reason = "paused: " + lag
	default:
		s.Reason = lag
	}
	return s
}

func statefulSet(set *appsv1.StatefulSet, u *unstructured.Unstructured, _ time.Time) Status {
	want := ptr.Deref(set.Spec.Replicas, 1)
	lag := firstLag(want, "replica", count{set.Status.ReadyReplicas, "ready"})
	if lag == "" && set.Spec.MinReadySeconds > 0 {
		lag = firstLag(want, "replica", count{set.Status.AvailableReplicas, "available"})
	}
	switch extra := set.Status.Replicas - want; {
	case lag != "":
		return inProgress("%s", lag)
	case extra > 0:
		return inProgress("%s still running", plural(extra, "surplus replica"))
	case set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType:
		return onDelete(want - set.Status.UpdatedReplicas)
	}
	s := kstatus(u)
	if s.State == Ready {
		return s
	}
	var partition int32
	if r := set.Spec.UpdateStrategy.RollingUpdate; r != nil {
		partition = ptr.Deref(r.Partition, 0)
	}
	if lag := firstLag(want-partition, "replica", count{set.Status.UpdatedReplicas, "updated"}); lag != "" {
		s.Reason = lag
	}
	return s
}

func daemonSet(set *appsv1.DaemonSet, u *unstructured.Unstructured, _ time.Time) Status {
	want, status := set.Status.DesiredNumberScheduled, set.Status
	if status.ObservedGeneration == 0 {
		return inProgress("not yet observed")
	}
	if set.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
		if lag := firstLag(want, "pod", count{status.CurrentNumberScheduled, "scheduled"}, count{status.NumberAvailable, "available"}); lag != "" {
			return inProgress("%s", lag)
		}
		return onDelete(want - status.UpdatedNumberScheduled)
	}
	s := kstatus(u)
	lag := firstLag(want, "pod", count{status.CurrentNumberScheduled, "scheduled"}, count{status.UpdatedNumberScheduled, "updated"},
		count{status.NumberReady, "ready"}, count{status.NumberAvailable, "available"})
	switch {
	case s.State == Ready && want == 0:
		s.Reason = "no node matches"
	case lag != "":
		s.Reason = lag
	}
	return s
}

// replicated is what ReplicaSet and ReplicationController have in common.
type replicated struct {
	Spec struct {
		Replicas *int32 `json:"replicas"`
	} `json:"spec"`
	Status appsv1.ReplicaSetStatus `json:"status"`
}

// replicas judges what keeps a number of Pods and knows no updates.
func replicas(set *replicated, u *unstructured.Unstructured, _ time.Time) Status {
	want := ptr.Deref(set.Spec.Replicas, 1)
	lag := firstLag(want, "replica", count{set.Status.ReadyReplicas, "ready"}, count{set.Status.AvailableReplicas, "available"})
	switch c, _ := findCondition(u, "ReplicaFailure"); {
	case c.Status == "True":
		return inProgress("%s", refusal(c.Message))
	case lag != "":
		return inProgress("%s", lag)
	case set.Status.Replicas > want:
		return inProgress("%s still running", plural(set.Status.Replicas-want, "surplus replica"))
	}
	return Status{State: Ready}
}

// onDelete is the verdict on a workload whose Pods all run, some perhaps of an older revision: replacing them is left to
// people, so nothing is waited for.
func onDelete(old int32) Status {
	if old <= 0 {
		return Status{State: Ready}
	}
	return Status{State: Ready, Reason: plural(old, "pod") + " of an older revision until deleted"}
}

type count struct {
	have int32
	what string
}

// firstLag is "2 of 3 replicas available" for the first count below what is wanted, or nothing.
func firstLag(want int32, noun string, counts ...count) string {
	for _, c := range counts {
		if c.have < want {
			return fmt.Sprintf("%d of %s %s", c.have, plural(want, noun), c.what)
		}
	}
	return ""
}
