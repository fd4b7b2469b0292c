package plan

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/otomi/kubectl-otomi/internal/diag"
	"github.com/otomi/kubectl-otomi/internal/object"
)

// The groups of Gatekeeper's templates, and of the constraints that it makes kinds for.
const (
	templates   = "templates.gatekeeper.sh"
	constraints = "constraints.gatekeeper.sh"
)

// OfGatekeeper reports a kind that only Gatekeeper's own definitions, or what it makes of templates, bring to a cluster.
func OfGatekeeper(gk schema.GroupKind) bool {
	return slices.Contains([]string{templates, constraints, "config.gatekeeper.sh"}, gk.Group)
}

// Constrains is the kind that Gatekeeper makes of a ConstraintTemplate; of other objects there is none.
func Constrains(o object.Object) (schema.GroupKind, bool) {
	if gvk := o.GroupVersionKind(); gvk.Group != templates || gvk.Kind != "ConstraintTemplate" {
		return schema.GroupKind{}, false
	}
	kind, _, _ := unstructured.NestedString(o.Object, "spec", "crd", "spec", "names", "kind")
	return schema.GroupKind{Group: constraints, Kind: kind}, kind != ""
}

// gatekeeper refuses to put policies on a cluster where nothing would judge by them, and names the Pods that start anew for
// the sake of their exemptions.
func (m *maker) gatekeeper() {
	var ids []object.ID
	for _, a := range m.plan.Actions {
		if a.Op.Sends() && m.in.Observed.Gatekeeper[schema.GroupKind{Group: a.ID.Group, Kind: a.ID.Kind}] {
			ids = append(ids, a.ID)
		}
		m.restarts(a)
	}
	if len(ids) == 0 {
		return
	}
	m.refuse(Refusal{
		Rule: RuleGatekeeper, Objects: ids, Final: true,
		Message: fmt.Sprintf("the cluster does not have Gatekeeper, which %s is for (1 of %d objects)", ids[0], len(ids)),
		Hint:    "install Gatekeeper, https://open-policy-agent.github.io/gatekeeper/website/docs/install, or set policyEnforcement: none in values",
	})
}

// restarts says that a workload's Pods start anew because the annotation with their exemptions comes or goes. What it said
// before is not known, only whether it was there.
func (m *maker) restarts(a Action) {
	template, path := a.Object.PodTemplate()
	if a.Op != Update || template == nil || len(path) == 0 {
		return
	}
	where := append(slices.Clone(path), "metadata", "annotations", object.IgnoreKey)
	_, is, _ := unstructured.NestedFieldNoCopy(a.Object.Object, where...)
	if was := aloneOwns(a.Live, where); was == is {
		return
	}
	word := map[bool]string{true: "gets", false: "loses"}[is]
	f := diag.Infof("pod-restart", a.Object.Source.Position(), "its Pods start anew: their template %s the annotation %s, by which Gatekeeper exempts them", word, object.IgnoreKey).
		WithPath(strings.Join(path, ".") + ".metadata.annotations")
	f.Object = a.ID.String()
	m.plan.Findings = append(m.plan.Findings, f)
}
