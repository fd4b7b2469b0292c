package ready

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// container is a container of a Pod as asked for and as it is.
type container struct {
	init   bool
	spec   corev1.Container
	status corev1.ContainerStatus
}

func (c container) String() string {
	if c.init {
		return "init container " + c.spec.Name
	}
	return "container " + c.spec.Name
}

// sidecar reports an init container that keeps running beside the others.
func (c container) sidecar() bool {
	return c.init && c.spec.RestartPolicy != nil && *c.spec.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// containers are the Pod's containers that have a status, in the order in which they start.
func containers(p *corev1.Pod) []container {
	var all []container
	add := func(init bool, specs []corev1.Container, statuses []corev1.ContainerStatus) {
		for _, spec := range specs {
			i := slices.IndexFunc(statuses, func(s corev1.ContainerStatus) bool { return s.Name == spec.Name })
			if i >= 0 {
				all = append(all, container{init: init, spec: spec, status: statuses[i]})
			}
		}
	}
	add(true, p.Spec.InitContainers, p.Status.InitContainerStatuses)
	add(false, p.Spec.Containers, p.Status.ContainerStatuses)
	return all
}

func containerCauses(p *corev1.Pod, events []event) []cause {
	var found []cause
	for _, c := range containers(p) {
		found = append(found, c.cause(events))
	}
	return found
}

// cause is why the container keeps its Pod from being ready, or nothing.
func (c container) cause(events []event) cause {
	state, last := c.status.State, c.status.LastTerminationState.Terminated
	switch {
	case state.Waiting != nil:
		return c.held(events)
	case state.Terminated != nil && state.Terminated.ExitCode != 0:
		return cause{crashing, fmt.Sprintf("%s ended with %s", c, exit(state.Terminated))}
	case state.Running == nil, c.status.Ready:
		return cause{}
	case c.init && !c.sidecar():
		return cause{waiting, fmt.Sprintf("%s is still running", c)}
	case last != nil && last.ExitCode != 0:
		return cause{crashing, fmt.Sprintf("%s is up again after %s with %s", c, plural(c.status.RestartCount, "restart"), exit(last))}
	}
	return c.unproven(events)
}

// held is why a container does not run.
func (c container) held(events []event) cause {
	w := c.status.State.Waiting
	switch w.Reason {
	case "", "ContainerCreating", "PodInitializing":
		return cause{}
	case "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError", "RegistryUnavailable",
		"SignatureValidationFailed":
		text := fmt.Sprintf("cannot pull image %s: %s", c.spec.Image, w.Reason)
		if detail := pullError(w.Message, events); detail != "" {
			text += ": " + detail
		}
		return cause{pulling, text}
	case "CrashLoopBackOff":
		text := fmt.Sprintf("%s crashes: CrashLoopBackOff after %s", c, plural(c.status.RestartCount, "restart"))
		if last := c.status.LastTerminationState.Terminated; last != nil {
			text += ", last with " + exit(last)
		}
		return cause{crashing, text}
	default:
		text := fmt.Sprintf("%s cannot start: %s", c, w.Reason)
		if w.Message != "" {
			text += ": " + phrase(w.Message)
		}
		return cause{starting, text}
	}
}

// unproven is why a container that runs does not count as ready: its probes.
func (c container) unproven(events []event) cause {
	about := slices.DeleteFunc(slices.Clone(events), func(e event) bool { return !e.in(c.spec.Name) })
	if e, ok := newest(about, "Unhealthy"); ok {
		return cause{probing, fmt.Sprintf("%s: %s", c, phrase(e.text()))}
	}
	switch started := c.status.Started; {
	case c.spec.StartupProbe != nil && (started == nil || !*started):
		return cause{probing, fmt.Sprintf("%s has not passed its startup probe", c)}
	case c.spec.ReadinessProbe != nil:
		return cause{probing, fmt.Sprintf("%s has not passed its readiness probe", c)}
	default:
		return cause{waiting, fmt.Sprintf("%s is not ready", c)}
	}
}

// exit is how a container ended. Its termination message is left out: it may be a piece of the log, secrets included.
func exit(t *corev1.ContainerStateTerminated) string {
	text := fmt.Sprintf("exit code %d", t.ExitCode)
	if t.Reason != "" && t.Reason != "Error" {
		text += " (" + t.Reason + ")"
	}
	return text
}

// pullError is what the registry said. Kubelets put it behind the words that the back-off begins with, or only into an
// event.
func pullError(message string, events []event) string {
	if e, ok := newest(events, "Failed"); ok && strings.Trim(afterQuoted(message, "Back-off pulling image "), ": ") == "" {
		if strings.HasPrefix(e.text(), "Failed to pull image ") {
			message = e.text()
		}
	}
	for _, prefix := range []string{"Back-off pulling image ", "Failed to pull image "} {
		message = afterQuoted(message, prefix)
	}
	return phrase(strings.TrimLeft(message, ": "))
}

// afterQuoted is what follows the prefix and the quoted name behind it, or the text as it is.
func afterQuoted(text, prefix string) string {
	rest, ok := strings.CutPrefix(text, prefix+`"`)
	if !ok {
		return text
	}
	_, rest, _ = strings.Cut(rest, `"`)
	return rest
}

// schedulerMessage leaves out what the scheduler adds about preemption: it repeats the reasons.
func schedulerMessage(message string) string {
	message, _, _ = strings.Cut(message, " preemption: ")
	return phrase(message)
}
