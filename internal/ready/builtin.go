package ready

import (
	"cmp"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// job is ready when it is done: what waits for a Job waits for its result, not for its start. One that is suspended is as
// it was asked to be, and nobody knows for how long.
func job(j *batchv1.Job, u *unstructured.Unstructured, _ time.Time) Status {
	for _, c := range j.Status.Conditions {
		switch {
		case c.Status != corev1.ConditionTrue:
		case c.Type == batchv1.JobComplete:
			return Status{State: Ready}
		case c.Type == batchv1.JobFailed:
			return failed("job failed: %s", cmp.Or(c.Reason, phrase(c.Message), "no reason given"))
		}
	}
	if ptr.Deref(j.Spec.Suspend, false) {
		if u.GetAnnotations()[object.TaskKey] != "" {
			return inProgress("suspended") // a task is there to be done
		}
		return Status{State: Ready, Reason: "suspended"}
	}
	if j.Status.StartTime == nil {
		return inProgress("not started")
	}
	// Without completions a Job ends when its Pods agree that it does, so there is nothing to count towards.
	reason := plural(j.Status.Succeeded, "completion")
	if j.Spec.Completions != nil {
		reason = firstLag(*j.Spec.Completions, "completion", count{j.Status.Succeeded, "done"})
	}
	var parts []string
	for _, c := range []count{{j.Status.Active, "active"}, {j.Status.Failed, "failed"}} {
		if c.have > 0 {
			parts = append(parts, plural(c.have, c.what+" pod"))
		}
	}
	return inProgress("%s", strings.Join(append([]string{cmp.Or(reason, "finishing")}, parts...), ", "))
}

// service is ready at once, except that one of type LoadBalancer needs an address from outside the cluster.
func service(s *corev1.Service, _ *unstructured.Unstructured, _ time.Time) Status {
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return Status{State: Ready}
	}
	for _, in := range s.Status.LoadBalancer.Ingress {
		if in.IP != "" || in.Hostname != "" {
			return Status{State: Ready}
		}
	}
	return inProgress("load balancer has no address")
}

// claim judges a PersistentVolumeClaim. A pending one is waited for when somebody is at work on it: a volume is named, the
// scheduler has chosen a node, or a provisioner has been told. None of it is so while a claim of a class with
// WaitForFirstConsumer has no Pod, which may be for ever: the class is not known here, but after the grace period such a
// claim does not block.
func claim(c *corev1.PersistentVolumeClaim, u *unstructured.Unstructured, now time.Time) Status {
	switch c.Status.Phase {
	case corev1.ClaimBound:
		return Status{State: Ready}
	case corev1.ClaimLost:
		return failed("volume %s is lost", c.Spec.VolumeName)
	}
	if c.Spec.VolumeName != "" {
		return inProgress("not yet bound to volume %s", c.Spec.VolumeName)
	}
	for _, key := range []string{"volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner"} {
		if by := c.Annotations[key]; by != "" {
			return inProgress("volume is being provisioned by %s", by)
		}
	}
	if node := c.Annotations["volume.kubernetes.io/selected-node"]; node != "" {
		return inProgress("volume is being provisioned for node %s", node)
	}
	if c.Status.Phase != corev1.ClaimPending || young(u, now) {
		return inProgress("not bound")
	}
	return Status{State: Ready, Reason: "not bound, waits for a volume or its first consumer"}
}

func volume(v *corev1.PersistentVolume, _ *unstructured.Unstructured, _ time.Time) Status {
	switch v.Status.Phase {
	case corev1.VolumeFailed:
		return failed("%s", cmp.Or(phrase(v.Status.Message), v.Status.Reason, "volume failed"))
	case corev1.VolumePending, "":
		return inProgress("not available")
	default:
		return Status{State: Ready}
	}
}

func namespace(u *unstructured.Unstructured, _ time.Time) Status {
	phase, _, _ := unstructured.NestedString(u.Object, "status", "phase")
	if phase != string(corev1.NamespaceActive) {
		return inProgress("not active")
	}
	return Status{State: Ready}
}

func apiService(u *unstructured.Unstructured, _ time.Time) Status {
	c, found := findCondition(u, "Available")
	switch {
	case !found:
		return inProgress("availability not yet known")
	case c.Status != "True":
		return inProgress("not available: %s", c.says())
	default:
		return Status{State: Ready}
	}
}

// disruptions waits until the budget has been counted, not until it allows anything.
func disruptions(u *unstructured.Unstructured, _ time.Time) Status {
	if _, counted, _ := unstructured.NestedFieldNoCopy(u.Object, "status", "observedGeneration"); !counted {
		return inProgress("not yet observed")
	}
	return Status{State: Ready}
}

// autoscaler is ready at once: it has nothing to go by before what it scales runs and metrics are served, which may come later
// than what waits here. What it lacks is told.
func autoscaler(u *unstructured.Unstructured, _ time.Time) Status {
	for _, kind := range []string{"AbleToScale", "ScalingActive"} {
		if c, _ := findCondition(u, kind); c.Status == "False" {
			return Status{State: Ready, Reason: "does not scale: " + c.says()}
		}
	}
	return Status{State: Ready}
}

// ingress is ready at once: many controllers never report an address.
func ingress(u *unstructured.Unstructured, _ time.Time) Status {
	if addresses, _, _ := unstructured.NestedSlice(u.Object, "status", "loadBalancer", "ingress"); len(addresses) == 0 {
		return Status{State: Ready, Reason: "has no address"}
	}
	return Status{State: Ready}
}
