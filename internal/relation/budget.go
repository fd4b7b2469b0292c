package relation

import (
	"k8s.io/apimachinery/pkg/labels"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// budgets checks what PodDisruptionBudgets select.
func (c *check) budgets() {
	first := map[int]int{} // by workload, the first budget that selects it
	for _, i := range c.kinds[object.ID{Group: "policy", Kind: "PodDisruptionBudget"}] {
		given := mapOf(c.objects[i].Object, "spec", "selector")
		if len(given) == 0 { // all Pods of the namespace, whoever makes them
			continue
		}
		s, right := selectorOf(given)
		if !right {
			continue
		}
		found := c.match(c.id[i].Namespace, s)
		switch {
		case len(found) == 0:
			c.selectsNothing(i, []string{"spec", "selector"}, mapOf(given, "matchLabels"), "the PodDisruptionBudget")
		case len(found) > 1:
			c.several(i, found, s)
		}
		for _, at := range found {
			other, taken := first[at]
			if !taken {
				first[at] = i
				continue
			}
			if c.id[other] == c.id[i] {
				continue
			}
			f := diag.Warningf("two-budgets", diag.Position{}, "the Pods of %s have another PodDisruptionBudget too, so that none of them can be evicted", c.id[c.pods[at].object]).
				WithHint("leave one of the two out")
			c.add(i, []string{"spec", "selector"}, c.note(f, other, []string{"spec", "selector"}, "the other one, %s", c.id[other]))
		}
	}
}

// several says that a budget counts the Pods of several workloads together.
func (c *check) several(i int, found []int, s labels.Selector) {
	f := diag.Warningf("shared-budget", diag.Position{}, "the PodDisruptionBudget counts the Pods of %d workloads together, so that all Pods of one may go at once", len(found)).
		WithHint("select by labels that only the Pods of one workload have")
	for _, at := range found[:min(len(found), mostNotes)] {
		w := c.pods[at]
		f = c.note(f, w.object, join(w.path, "metadata", "labels"), "%s fits %s", c.id[w.object], s)
	}
	c.add(i, []string{"spec", "selector"}, f)
}

// mostNotes is how many workloads a finding names: who sees two knows what to look for.
const mostNotes = 2

// scalers reports workloads that two autoscalers scale: each would undo what the other does.
func (c *check) scalers() {
	first := map[object.ID]int{}
	for _, kind := range []object.ID{{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}, {Group: "keda.sh", Kind: "ScaledObject"}} {
		path := []string{"spec", "scaleTargetRef"}
		for _, i := range c.kinds[kind] {
			id := c.target(i, reference{kind: "Deployment", name: "name"}, mapOf(c.objects[i].Object, path...))
			other, taken := first[id]
			if !taken {
				first[id] = i
				continue
			}
			if c.id[other] == c.id[i] {
				continue
			}
			f := diag.Warningf("two-scalers", diag.Position{}, "%s is scaled by another autoscaler too", id).WithHint("leave one of the two out")
			c.add(i, path, c.note(f, other, path, "the other one, %s", c.id[other]))
		}
	}
}
