package relation

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// mismatch is a selector that the labels beside it do not fit.
const mismatch = "selector-mismatch"

// exactly is the one value that a requirement allows.
func exactly(r labels.Requirement) (value string, one bool) {
	switch r.Operator() {
	case selection.Equals, selection.DoubleEquals, selection.In:
		return r.Values().UnsortedList()[0], r.Values().Len() == 1
	}
	return "", false
}

// selectorOf reads a LabelSelector. What is wrong with its form, the schema says.
func selectorOf(m map[string]any) (labels.Selector, bool) {
	var s metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, &s); err != nil {
		return nil, false
	}
	selector, err := metav1.LabelSelectorAsSelector(&s)
	return selector, err == nil
}

// ownSelector holds a workload's selector against the labels of its own Pods: where they differ, the API server refuses it.
func (c *check) ownSelector(w workload) {
	kind, spec := c.id[w.object].Kind, mapOf(c.objects[w.object].Object, "spec")
	given, there := spec["selector"].(map[string]any)
	manual, _ := spec["manualSelector"].(bool)
	if !there || len(w.path) == 0 || kind == "Job" && !manual {
		return
	}
	path := []string{"spec", "selector"}
	if kind == "ReplicationController" {
		c.equal(w, path, given)
		return
	}
	if wanted := mapOf(given, "matchLabels"); len(wanted) > 0 && given["matchExpressions"] == nil {
		c.equal(w, join(path, "matchLabels"), wanted)
		return
	}
	s, right := selectorOf(given)
	if !right {
		return
	}
	if s.Empty() {
		c.add(w.object, path, diag.Errorf("empty-selector", diag.Position{}, "the selector selects every Pod, which the API server refuses").
			WithHint("select by labels that only these Pods have"))
		return
	}
	c.equal(w, join(path, "matchLabels"), mapOf(given, "matchLabels"))
	expressions, _ := given["matchExpressions"].([]any)
	for i, e := range expressions {
		one, right := selectorOf(map[string]any{"matchExpressions": []any{e}})
		if right && !one.Matches(w.labels) {
			c.mismatched(w, join(path, "matchExpressions", strconv.Itoa(i)), join(w.path, "metadata", "labels"),
				"the labels of the Pods do not fit "+strconv.Quote(one.String()))
		}
	}
}

// equal holds labels that are wanted against those that the Pods have.
func (c *check) equal(w workload, path []string, wanted map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		want, isText := wanted[key].(string)
		have, there := w.labels.Lookup(key)
		if !isText || there && have == want {
			continue
		}
		problem := "the Pods have no label " + key
		if there {
			problem = "the Pods have " + strconv.Quote(have) + ", not " + strconv.Quote(want)
		}
		c.mismatched(w, join(path, key), join(w.path, "metadata", "labels", key), problem)
	}
}

func (c *check) mismatched(w workload, path, labels []string, problem string) {
	f := diag.Errorf(mismatch, diag.Position{}, "%s, so the API server refuses the object", problem).
		WithHint("make the selector and %s the same", strings.Join(join(w.path, "metadata", "labels"), "."))
	c.add(w.object, path, c.note(f, w.object, labels, "the labels of the Pods"))
}
