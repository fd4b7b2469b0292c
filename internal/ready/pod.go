package ready

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// pod is failed only in phase Failed. Crashing, unschedulable or waiting for an image it is in progress: all of these end
// when something else comes up, and an apply that gave up on them would give up on what works a moment later.
func pod(u *unstructured.Unstructured, _ time.Time) Status {
	p, err := decode[corev1.Pod](u)
	if err != nil {
		return unreadable(err)
	}
	switch {
	case p.Status.Phase == corev1.PodSucceeded:
		return Status{State: Ready}
	case p.Status.Phase == corev1.PodFailed:
		return failed("pod failed")
	case podReady(p):
		return Status{State: Ready}
	}
	return inProgress("pod is not ready")
}

func podReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
