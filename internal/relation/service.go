package relation

import (
	"maps"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/otomi/kubectl-otomi/internal/diag"
)

// controllerSet are labels that controllers give Pods: no manifest has them.
func controllerSet(key string) bool {
	switch key {
	case "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "pod-template-hash", "rollouts-pod-template-hash",
		"controller-revision-hash", "controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name",
		"batch.kubernetes.io/job-completion-index", "serving.knative.dev/service", "serving.knative.dev/configuration", "serving.knative.dev/revision":
		return true
	}
	return false
}

// plain is a selector of labels and values, without those that controllers set.
func plain(m map[string]any) labels.Selector {
	set := labels.Set{}
	for key := range m {
		if value, isText := m[key].(string); isText && !controllerSet(key) {
			set[key] = value
		}
	}
	return set.AsSelector()
}

// service checks that a Service selects Pods, and that they have its ports.
func (c *check) service(i int) {
	spec := mapOf(c.objects[i].Object, "spec")
	selector := mapOf(spec, "selector")
	if len(selector) == 0 || spec["type"] == "ExternalName" {
		return
	}
	s := plain(selector)
	if s.Empty() {
		return
	}
	found := c.match(c.id[i].Namespace, s)
	if len(found) == 0 {
		c.selectsNothing(i, []string{"spec", "selector"}, selector, "the Service")
		return
	}
	c.targets(i, spec, found)
}

// selectsNothing says so, and what comes nearest.
func (c *check) selectsNothing(i int, path []string, wanted map[string]any, who string) {
	f := diag.Warningf("selects-nothing", diag.Position{}, "%s selects no Pods of any workload here", who).
		WithHint("select by the labels of the Pods, unless something in the cluster makes them")
	if at, key := c.nearest(c.id[i].Namespace, wanted); at >= 0 {
		w := c.pods[at]
		f.Hint = "the Pods of " + c.id[w.object].String() + " lack the label " + key
		if have, there := w.labels.Lookup(key); there {
			f.Hint = "the Pods of " + c.id[w.object].String() + " have " + strconv.Quote(have) + " for " + key
		}
		f = c.note(f, w.object, join(w.path, "metadata", "labels", key), "the labels of the Pods")
	}
	c.add(i, path, f)
}

// nearest is the first workload that has all labels but one, and that one.
func (c *check) nearest(namespace string, wanted map[string]any) (at int, key string) {
	keys := slices.Sorted(maps.Keys(wanted))
	keys = slices.DeleteFunc(keys, controllerSet)
	for _, name := range near(namespace) {
		space := c.spaces[name]
		if space == nil || len(keys) < 2 {
			continue
		}
		if c.comparisons -= len(space.all); c.comparisons < 0 {
			return -1, ""
		}
		for _, at := range space.all {
			differ := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return c.pods[at].labels.Has(k) && c.pods[at].labels.Get(k) == text(wanted, k) })
			if len(differ) == 1 {
				return at, differ[0]
			}
		}
	}
	return -1, ""
}
