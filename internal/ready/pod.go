package ready

import (
	"cmp"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// hookKey marks a chart's hook. A Pod that is one is a task: what waits for it waits for its end.
const hookKey = "helm.sh/hook"

// pod is failed only in phase Failed. Crashing, unschedulable or waiting for an image it is in progress: all of these end
// when something else comes up, and an apply that gave up on them would give up on what works a moment later.
func pod(p *corev1.Pod, _ *unstructured.Unstructured, _ time.Time) Status {
	switch {
	case p.Status.Phase == corev1.PodSucceeded:
		return Status{State: Ready}
	case p.Status.Phase == corev1.PodFailed:
		return failed("%s", podCause(p, nil).text)
	case p.Annotations[hookKey] != "":
		return inProgress("it has not ended yet")
	case podCondition(p, corev1.PodReady).Status == corev1.ConditionTrue:
		return Status{State: Ready}
	}
	return inProgress("%s", podCause(p, nil).text)
}

// rank orders causes, the foremost first: what stops a Pod earliest in its life, and what is wrong now before what was wrong
// with a Pod that has been replaced.
type rank int

const (
	pulling rank = iota
	starting
	crashing
	scheduling
	mounting
	probing
	ended
	waiting
)

// cause is why a Pod is not ready.
type cause struct {
	rank rank
	text string
}

// podCause finds the foremost cause in a Pod that is not ready and in the events about it. There always is one.
func podCause(p *corev1.Pod, events []event) cause {
	if p.Status.Phase == corev1.PodFailed {
		return cause{ended, podFailure(p)}
	}
	found := append(containerCauses(p, events), unscheduled(p), unmounted(p, events), ungated(p))
	best := cause{waiting, ""}
	for _, c := range found {
		if c.text != "" && (best.text == "" || c.rank < best.rank) {
			best = c
		}
	}
	if best.text == "" {
		best.text = podWaits(p)
	}
	return best
}

// podFailure is why a Pod ended without success: the kubelet's reason, such as Evicted, or the container that failed.
func podFailure(p *corev1.Pod) string {
	if p.Status.Reason != "" {
		text := "pod failed: " + p.Status.Reason
		if p.Status.Message != "" {
			text += ": " + phrase(p.Status.Message)
		}
		return text
	}
	for _, c := range containers(p) {
		if t := c.status.State.Terminated; t != nil && t.ExitCode != 0 {
			return c.String() + " ended with " + exit(t)
		}
	}
	return "pod failed"
}

func unscheduled(p *corev1.Pod) cause {
	c := podCondition(p, corev1.PodScheduled)
	switch {
	case c.Status != corev1.ConditionFalse:
		return cause{}
	case c.Reason == corev1.PodReasonSchedulingGated && len(p.Spec.SchedulingGates) > 0:
		return cause{scheduling, "scheduling held by gate " + p.Spec.SchedulingGates[0].Name}
	default:
		return cause{scheduling, "unschedulable: " + cmp.Or(schedulerMessage(c.Message), c.Reason)}
	}
}

// unmounted is what keeps the kubelet from making the Pod's containers; only events tell.
func unmounted(p *corev1.Pod, events []event) cause {
	for _, c := range containers(p) {
		if c.status.State.Waiting == nil {
			return cause{}
		}
	}
	e, ok := newest(events, "FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "NetworkNotReady")
	if !ok {
		return cause{}
	}
	return cause{mounting, phrase(e.text())}
}

// ungated names a readiness gate that nobody has opened.
func ungated(p *corev1.Pod) cause {
	for _, g := range p.Spec.ReadinessGates {
		if c := podCondition(p, g.ConditionType); c.Status != corev1.ConditionTrue {
			text := "readiness gate " + string(g.ConditionType) + " is not open"
			if c.Message != "" {
				text += ": " + phrase(c.Message)
			}
			return cause{waiting, text}
		}
	}
	return cause{}
}

// podWaits is what is left to say of a Pod in which nothing is wrong.
func podWaits(p *corev1.Pod) string {
	ready := podCondition(p, corev1.PodReady)
	switch {
	case p.Spec.NodeName == "" && p.Status.Phase != corev1.PodRunning:
		return "not yet scheduled"
	case ready.Message != "":
		return phrase(ready.Message)
	default:
		return "pod is not ready"
	}
}

// podCondition is a condition of the Pod, or an empty one.
func podCondition(p *corev1.Pod, kind corev1.PodConditionType) corev1.PodCondition {
	for _, c := range p.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.PodCondition{}
}
