# METADATA
# scope: package
# title: Disruption budgets that allow nothing
# description: >-
#   A PodDisruptionBudget lets at least one Pod go. One that never does (maxUnavailable 0, minAvailable 100%, or as many as
#   there are) lets no node be drained: upgrades of the cluster wait until somebody deletes Pods by hand. How many Pods there
#   are is what the workloads ask for that are checked together, an autoscaler's minimum before their replicas.
# custom:
#   id: disruption-budgets
#   severity: error
#   preset: baseline
#   kinds:
#     - apiGroups: [policy]
#       kinds: [PodDisruptionBudget]
#   inventory:
#     - {group: apps, version: v1, kind: Deployment}
#     - {group: apps, version: v1, kind: StatefulSet}
#     - {group: apps, version: v1, kind: ReplicaSet}
#     - {group: "", version: v1, kind: ReplicationController}
#     - {group: autoscaling, version: v2, kind: HorizontalPodAutoscaler}
#   fix: set maxUnavailable to 1, and run more replicas where one must always be there
package disruption_budgets

import data.lib.selectors
import data.lib.types

budget := input.review.object

violation contains {"msg": msg, "details": {"path": path}} if {
	some field in ["minAvailable", "maxUnavailable"]
	value := budget.spec[field]
	problem := wrong(field, value)
	path := concat(".", ["spec", field])
	msg := sprintf("%s is %v: %s", [field, value, problem])
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some path, problem in types.misfits(budget, {["spec"]: "object", ["spec", "selector"]: "object"})
	msg := sprintf("%s %s", [path, problem])
}

wrong("maxUnavailable", value) := "no Pod may ever go" if amount(value).number == 0

wrong("minAvailable", value) := "no Pod may ever go" if {
	have := amount(value)
	have.unit == "%"
	have.number >= 100
}

wrong("minAvailable", value) := sprintf("no Pod may go, for there are %d", [pods]) if {
	have := amount(value)
	not all(have)
	pods > 0
	needed(have) >= pods
}

wrong(_, value) := "it is no number and no percentage" if {
	value != null
	not amount(value)
}

all(have) if {
	have.unit == "%"
	have.number >= 100
}

amount(value) := {"number": value, "unit": ""} if is_number(value)

amount(value) := {"number": to_number(digits), "unit": "%"} if {
	is_string(value)
	regex.match(`^(0|[1-9][0-9]*)%$`, value)
	digits := trim_suffix(value, "%")
}

needed(have) := have.number if have.unit == ""

# Kubernetes rounds up.
needed(have) := ceil((have.number * pods) / 100) if have.unit == "%"

# pods is how many Pods the selected workloads ask for.
pods := sum([replicas(kind, workload) |
	some kind in ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"]
	workload := neighbours[_][kind][_]
	selectors.matches(budget.spec.selector, object.get(workload, ["spec", "template", "metadata", "labels"], {}))
])

neighbours := data.inventory.namespace[budget.metadata.namespace]

replicas(kind, workload) := minimum if {
	minimum := autoscaled(kind, workload.metadata.name)
} else := asked if {
	asked := object.get(workload, ["spec", "replicas"], 1)
	is_number(asked)
} else := 1

autoscaled(kind, name) := max({minimum |
	autoscaler := neighbours[_].HorizontalPodAutoscaler[_]
	autoscaler.spec.scaleTargetRef.kind == kind
	autoscaler.spec.scaleTargetRef.name == name
	minimum := object.get(autoscaler, ["spec", "minReplicas"], 1)
	is_number(minimum)
})
