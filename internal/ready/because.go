package ready

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// Related is what lies around an object in its namespace. It may hold more than belongs to the object, such as all Pods of
// the namespace: who owns what is found out here. Each list is optional, and what it would tell is then missing.
type Related struct {
	Pods        []*unstructured.Unstructured
	ReplicaSets []*unstructured.Unstructured
	Events      []*unstructured.Unstructured // of v1 or events.k8s.io/v1, in any order
}

// Because names in one lower-case phrase the cause why an object that is not ready is not: a deletion that waits for
// finalizers, Pods that the API server refuses (quota, admission webhook), or what keeps the Pods from being ready (image,
// crash, scheduling, volumes, probes), else the newest warning about it. It is empty where nothing is known.
func Because(o *unstructured.Unstructured, related Related) string {
	if o == nil {
		return ""
	}
	if o.GetDeletionTimestamp() != nil {
		return terminating(o).Reason
	}
	events := readEvents(related.Events)
	maker := podMaker(o, related.ReplicaSets)
	if text := cmp.Or(refused(maker, events), refused(o, events)); text != "" {
		return text
	}
	pods := podsOf(o, maker, related)
	return cmp.Or(worst(o, pods, events), stuck(pods), warning(o, events))
}

// Selects is the selector by which a workload finds its Pods; false for what has none.
func Selects(o *unstructured.Unstructured) (labels.Selector, bool) {
	switch o.GroupVersionKind().GroupKind().String() {
	case "Deployment.apps", "ReplicaSet.apps", "StatefulSet.apps", "DaemonSet.apps", "Job.batch":
		type workload struct {
			Spec struct {
				Selector *metav1.LabelSelector `json:"selector"`
			} `json:"spec"`
		}
		w, err := decode[workload](o)
		if err != nil {
			return nil, false
		}
		s, err := metav1.LabelSelectorAsSelector(w.Spec.Selector)
		// A missing or empty selector would select nothing or everything.
		return s, err == nil && w.Spec.Selector != nil && !s.Empty()
	case "ReplicationController":
		set, _, err := unstructured.NestedStringMap(o.Object, "spec", "selector")
		return labels.SelectorFromSet(set), err == nil && len(set) > 0
	default:
		return nil, false
	}
}

// podMaker is the object that makes the Pods which count: the newest ReplicaSet where the object has some, since the older
// ones are on their way out, else the object itself.
func podMaker(o *unstructured.Unstructured, replicaSets []*unstructured.Unstructured) *unstructured.Unstructured {
	maker := o
	for _, rs := range replicaSets {
		if owns(o, rs) && (maker == o || revision(rs) > revision(maker)) {
			maker = rs
		}
	}
	return maker
}

func revision(rs *unstructured.Unstructured) int {
	n, _ := strconv.Atoi(rs.GetAnnotations()["deployment.kubernetes.io/revision"])
	return n
}

func owns(owner, o *unstructured.Unstructured) bool {
	return owner.GetUID() != "" && slices.ContainsFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool {
		return r.UID == owner.GetUID()
	})
}

// podsOf are the Pods that decide, by name. A Deployment whose ReplicaSets are not known is left with its selector.
func podsOf(o, maker *unstructured.Unstructured, related Related) []*unstructured.Unstructured {
	if isPod(o) {
		return []*unstructured.Unstructured{o}
	}
	selector, selects := Selects(o)
	bySelector := selects && o.GetKind() == "Deployment" && maker == o
	var pods []*unstructured.Unstructured
	for _, p := range related.Pods {
		selected := bySelector && p.GetNamespace() == o.GetNamespace() && selector.Matches(labels.Set(p.GetLabels()))
		if owns(maker, p) || selected {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b *unstructured.Unstructured) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return pods
}

func isPod(o *unstructured.Unstructured) bool {
	return o.GroupVersionKind().GroupKind().String() == "Pod"
}

// worst is the foremost cause among the Pods that are not ready, the first Pod that has it, and how many share it.
func worst(o *unstructured.Unstructured, pods []*unstructured.Unstructured, events []event) string {
	var best cause
	var name string
	counts := map[rank]int{}
	for _, u := range pods {
		p, err := decode[corev1.Pod](u)
		if err != nil || p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded ||
			podCondition(p, corev1.PodReady).Status == corev1.ConditionTrue {
			continue
		}
		c := podCause(p, aboutObject(events, u))
		counts[c.rank]++
		if name == "" || c.rank < best.rank {
			best, name = c, p.Name
		}
	}
	switch more := counts[best.rank] - 1; {
	case name == "":
		return ""
	case isPod(o):
		return best.text
	case more > 0:
		return fmt.Sprintf("%s (pod %s and %d more)", best.text, name, more)
	default:
		return fmt.Sprintf("%s (pod %s)", best.text, name)
	}
}

// stuck names a Pod whose deletion waits for a finalizer: a StatefulSet makes no new one until it is gone.
func stuck(pods []*unstructured.Unstructured) string {
	for _, p := range pods {
		if p.GetDeletionTimestamp() != nil && len(p.GetFinalizers()) > 0 {
			return fmt.Sprintf("pod %s %s", p.GetName(), terminating(p).Reason)
		}
	}
	return ""
}

// warning is the newest warning about the object itself.
func warning(o *unstructured.Unstructured, events []event) string {
	for _, e := range aboutObject(events, o) {
		if e.Type == corev1.EventTypeWarning {
			return fmt.Sprintf("%s: %s", e.Reason, phrase(e.text()))
		}
	}
	return ""
}
