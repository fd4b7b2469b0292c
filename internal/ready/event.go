package ready

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// event is an Event as both API groups serve it: v1 and events.k8s.io/v1 name the same fields differently.
type event struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Reason   string            `json:"reason"`
	Type     string            `json:"type"`

	InvolvedObject corev1.ObjectReference `json:"involvedObject"`
	Regarding      corev1.ObjectReference `json:"regarding"`
	Message        string                 `json:"message"`
	Note           string                 `json:"note"`

	EventTime               metav1.MicroTime `json:"eventTime"`
	LastTimestamp           metav1.Time      `json:"lastTimestamp"`
	DeprecatedLastTimestamp metav1.Time      `json:"deprecatedLastTimestamp"`
	Series                  struct {
		LastObservedTime metav1.MicroTime `json:"lastObservedTime"`
	} `json:"series"`
}

// readEvents decodes events and puts the newest first; what is no event is left out.
func readEvents(objects []*unstructured.Unstructured) []event {
	var events []event
	for _, o := range objects {
		if e, err := decode[event](o); err == nil {
			events = append(events, *e)
		}
	}
	slices.SortStableFunc(events, func(a, b event) int {
		return cmp.Or(b.last().Compare(a.last()), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return events
}

func (e event) text() string { return cmp.Or(e.Message, e.Note) }

func (e event) about() corev1.ObjectReference {
	if e.Regarding.Kind != "" {
		return e.Regarding
	}
	return e.InvolvedObject
}

// last is when the event happened, or happened again.
func (e event) last() time.Time {
	latest := e.Metadata.CreationTimestamp.Time
	for _, t := range []time.Time{e.EventTime.Time, e.LastTimestamp.Time, e.DeprecatedLastTimestamp.Time, e.Series.LastObservedTime.Time} {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}

// in reports an event about one container of a Pod.
func (e event) in(container string) bool {
	return strings.HasSuffix(e.about().FieldPath, "{"+container+"}")
}

// aboutObject picks the events about an object, not about an earlier one of the same name.
func aboutObject(events []event, o *unstructured.Unstructured) []event {
	var found []event
	for _, e := range events {
		at := e.about()
		same := at.Kind == o.GetKind() && at.Namespace == o.GetNamespace() && at.Name == o.GetName()
		if same && (at.UID == "" || at.UID == o.GetUID()) {
			found = append(found, e)
		}
	}
	return found
}

// newest is the latest event with one of the reasons; the events are sorted.
func newest(events []event, reasons ...string) (event, bool) {
	i := slices.IndexFunc(events, func(e event) bool { return slices.Contains(reasons, e.Reason) })
	if i < 0 {
		return event{}, false
	}
	return events[i], true
}
