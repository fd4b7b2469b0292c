package disruption_budgets_test

import data.disruption_budgets
import data.lib.review_test as make

workload(name, spec) := {
	"kind": "Deployment", "metadata": {"name": name, "namespace": "team"},
	"spec": object.union({"template": {"metadata": {"labels": {"app": name}}}}, spec),
}

# What is said of a budget of the Pods with the label app: web, beside Deployments and autoscalers by name.
judged(spec, deployments, autoscalers) := found if {
	budget := {
		"kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "team"},
		"spec": object.union({"selector": {"matchLabels": {"app": "web"}}}, spec),
	}
	found := disruption_budgets.violation with input as make.review(budget, {})
		with data.inventory as {"namespace": {"team": {
			"apps/v1": {"Deployment": deployments},
			"autoscaling/v2": {"HorizontalPodAutoscaler": autoscalers},
		}}}
}

beside(spec, replicas) := make.messages(judged(spec, {"web": workload("web", {"replicas": replicas})}, {}))

test_accepted if {
	every spec in [
		{"maxUnavailable": 1}, {"maxUnavailable": "1%"}, {"minAvailable": 2}, {"minAvailable": "50%"}, {"minAvailable": "66%"},
		{"minAvailable": 0}, {"minAvailable": null}, {},
	] {
		count(beside(spec, 3)) == 0
	}
	count(beside({"minAvailable": 5}, 0)) == 0
	count(judged({"minAvailable": 5}, {"api": workload("api", {"replicas": 1})}, {})) == 0
	count(judged({"minAvailable": 5}, {}, {})) == 0
}

test_refused if {
	judged({"maxUnavailable": 0}, {}, {}) == {{"msg": "maxUnavailable is 0: no Pod may ever go", "details": {"path": "spec.maxUnavailable"}}}
	beside({"maxUnavailable": "0%"}, 3) == {"maxUnavailable is 0%: no Pod may ever go"}
	beside({"minAvailable": "100%"}, 3) == {"minAvailable is 100%: no Pod may ever go"}
	beside({"minAvailable": "120%"}, 0) == {"minAvailable is 120%: no Pod may ever go"}
	beside({"minAvailable": 3}, 3) == {"minAvailable is 3: no Pod may go, for there are 3"}
	beside({"minAvailable": 4}, 3) == {"minAvailable is 4: no Pod may go, for there are 3"}
	beside({"minAvailable": "67%"}, 3) == {"minAvailable is 67%: no Pod may go, for there are 3"}
	beside({"minAvailable": "1%"}, 1) == {"minAvailable is 1%: no Pod may go, for there are 1"}
}

test_replicas_left_out if {
	make.messages(judged({"minAvailable": 1}, {"web": workload("web", {})}, {})) == {"minAvailable is 1: no Pod may go, for there are 1"}
}

test_several_workloads if {
	two := {"a": workload("web", {"replicas": 2}), "b": workload("web", {"replicas": 1}), "c": workload("api", {"replicas": 9})}
	count(judged({"minAvailable": 2}, two, {})) == 0
	make.messages(judged({"minAvailable": 3}, two, {})) == {"minAvailable is 3: no Pod may go, for there are 3"}
}

scaler(spec) := {"spec": object.union({"scaleTargetRef": {"kind": "Deployment", "name": "web"}}, spec)}

test_autoscaled if {
	one := {"web": workload("web", {"replicas": 1})}
	count(judged({"minAvailable": 2}, one, {"web": scaler({"minReplicas": 3})})) == 0
	make.messages(judged({"minAvailable": 1}, {"web": workload("web", {"replicas": 3})}, {"web": scaler({})})) == {
		"minAvailable is 1: no Pod may go, for there are 1",
	}
}

test_wrong_types if {
	beside({"minAvailable": "half", "maxUnavailable": []}, 1) == {
		"minAvailable is half: it is no number and no percentage",
		"maxUnavailable is []: it is no number and no percentage",
	}
	beside({"selector": "app=web", "maxUnavailable": 1}, 1) == {"spec.selector is a string, want a map"}
}
