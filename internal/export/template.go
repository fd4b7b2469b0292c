package export

import (
	"encoding/json"
	"strings"

	"github.com/otomi/kubectl-otomi/internal/policy"
)

// exemptParameter is the parameter of a constraint that holds what values exempt.
const exemptParameter = "exempt"

// kind is that of the policy's constraints: container-limits is ContainerLimits.
func (e *exporter) kind() string {
	var b strings.Builder
	for part := range strings.SplitSeq(e.policy.ID, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	kind := b.String()
	if kind != "" && kind[0] >= '0' && kind[0] <= '9' {
		return "Policy" + kind // a kind begins with a letter
	}
	return kind
}

// template is the policy's ConstraintTemplate.
func (e *exporter) template() map[string]any {
	kind := e.kind()
	annotations := map[string]any{"metadata.gatekeeper.sh/title": e.policy.Title}
	if e.policy.Description != "" {
		annotations["description"] = e.policy.Description
	}
	if needs := e.reads(); len(needs) > 0 {
		annotations["metadata.gatekeeper.sh/requires-sync-data"] = e.requires(needs)
	}
	libs := []any{legible(exemptions)}
	for _, text := range e.libs() {
		libs = append(libs, text)
	}
	t := identity(templateGroup+"/v1", "ConstraintTemplate", map[string]any{"name": strings.ToLower(kind), "annotations": annotations})
	t["spec"] = map[string]any{
		"crd": map[string]any{"spec": map[string]any{
			"names":      map[string]any{"kind": kind},
			"validation": map[string]any{"legacySchema": false, "openAPIV3Schema": e.schema()},
		}},
		"targets": []any{map[string]any{
			"target": "admission.k8s.gatekeeper.sh",
			"code": []any{map[string]any{
				"engine": "Rego",
				"source": map[string]any{"version": "v1", "rego": e.entry(), "libs": libs},
			}},
		}},
	}
	return t
}

// requires is the annotation by which Gatekeeper's tools know what a template needs to have synced.
func (e *exporter) requires(needs []synced) string {
	var all []any
	for _, s := range needs {
		all = append(all, []any{map[string]any{"groups": []string{s.Group}, "versions": []string{s.Version}, "kinds": []string{s.Kind}}})
	}
	text, err := json.Marshal(all)
	if err != nil {
		e.fail("%v", err)
	}
	return string(text)
}

// constraint is the policy's constraint. There is one, and its name never changes.
func (e *exporter) constraint(most policy.Action) map[string]any {
	parameters, _ := plain(e.policy.Parameters).(map[string]any)
	if exempt := exempted(e.policy.Exempt); len(exempt) > 0 {
		parameters[exemptParameter] = exempt
	}
	match := map[string]any{}
	if kinds := e.kinds(); len(kinds) > 0 {
		match["kinds"] = kinds
	}
	if len(e.policy.ExcludedNamespaces) > 0 {
		match["excludedNamespaces"] = e.policy.ExcludedNamespaces
	}
	spec := map[string]any{"enforcementAction": string(weaker(e.policy.Action, most)), "match": match}
	if len(parameters) > 0 {
		spec["parameters"] = parameters
	}
	c := identity(constraintGroup+"/v1beta1", e.kind(), map[string]any{"name": e.policy.ID})
	c["spec"] = spec
	return c
}

func (e *exporter) kinds() []any {
	var kinds []any
	for _, k := range e.policy.Kinds {
		kinds = append(kinds, map[string]any{"apiGroups": k.APIGroups, "kinds": k.Kinds})
	}
	return kinds
}

// exempted are the exemptions of values as the parameter has them. Their dates are for people: a cluster does not know today's,
// and a Pod that an expired one let in must be able to start again. validate and the plan know it.
func exempted(list []policy.Exemption) []any {
	var out []any
	for _, x := range list {
		m := map[string]any{}
		for name, value := range map[string]string{"object": x.Object, "release": x.Release, "namespace": x.Namespace, "reason": x.Reason, "until": x.Until} {
			if value != "" {
				m[name] = value
			}
		}
		out = append(out, m)
	}
	return out
}

// weaker is the action that leads to less.
func weaker(action, most policy.Action) policy.Action {
	weight := map[policy.Action]int{policy.Dryrun: 1, policy.Warn: 2, policy.Deny: 3, "": 3}
	if weight[most] < weight[action] {
		return most
	}
	return action
}
