package container_limits_test

import data.container_limits
import data.lib.review_test as make

defaults := {"cpu": "2", "memory": "1Gi", "require": ["cpu", "memory"]}

judged(limits) := found if {
	found := make.messages(container_limits.violation) with input as make.deployment(
		{"containers": [{"name": "a", "resources": {"limits": limits}}]},
		defaults,
	)
}

test_accepted if {
	every limits in [
		{"cpu": "2", "memory": "1Gi"}, {"cpu": 2, "memory": 1073741824}, {"cpu": "2000m", "memory": "1048576Ki"},
		{"cpu": "0.5", "memory": "1e9"}, {"cpu": 0.5, "memory": "1G"}, {"cpu": "2e0", "memory": "1E6", "example.com/gpu": 1},
	] {
		count(judged(limits)) == 0
	}
}

test_above_the_maximum if {
	judged({"cpu": "2001m", "memory": "1Gi"}) == {`container "a": cpu limit 2001m is above the maximum of 2`}
	judged({"cpu": 2.5, "memory": "1Gi"}) == {`container "a": cpu limit 2.5 is above the maximum of 2`}
	judged({"cpu": 1, "memory": "1025Mi"}) == {`container "a": memory limit 1025Mi is above the maximum of 1Gi`}
	judged({"cpu": 1, "memory": 1073741825}) == {`container "a": memory limit 1073741825 is above the maximum of 1Gi`}
	judged({"cpu": 1, "memory": "2E"}) == {`container "a": memory limit 2E is above the maximum of 1Gi`}
}

test_missing if {
	judged({"cpu": 1}) == {`container "a": no memory limit`}
	judged({"memory": "1Mi", "cpu": null}) == {`container "a": no cpu limit`}
	judged({}) == {`container "a": no cpu limit`, `container "a": no memory limit`}
	judged(null) == judged({})
	every container in [{"name": "a"}, {"name": "a", "resources": null}, {"name": "a", "resources": {"requests": {"cpu": 1}}}] {
		refused := container_limits.violation with input as make.pod({"containers": [container]}, defaults)
		make.paths(refused) == {"spec.containers[0].resources.limits.cpu", "spec.containers[0].resources.limits.memory"}
	}
}

test_not_a_quantity if {
	judged({"cpu": "two", "memory": "1Gi"}) == {`container "a": cpu limit two is no quantity`}
	judged({"cpu": 1, "memory": "1GB"}) == {`container "a": memory limit 1GB is no quantity`}
	judged({"cpu": -1, "memory": "1Gi"}) == {`container "a": cpu limit -1 is no quantity`}
	judged({"cpu": true, "memory": "1Gi"}) == {`container "a": cpu limit true is no quantity`}
}

test_zero_is_no_limit if {
	judged({"cpu": 0, "memory": "0Mi"}) == {
		`container "a": cpu limit 0 means no limit`,
		`container "a": memory limit 0Mi means no limit`,
	}
}

test_limits_of_the_pod_count if {
	spec := {"resources": {"limits": {"cpu": 1, "memory": "1Gi"}}, "containers": [{"name": "a"}]}
	accepted := container_limits.violation with input as make.pod(spec, defaults)
	count(accepted) == 0
	large := object.union(spec, {"resources": {"limits": {"memory": "2Gi"}}})
	refused := container_limits.violation with input as make.pod(large, defaults)
	refused == {{
		"msg": "pod: memory limit 2Gi is above the maximum of 1Gi",
		"details": {"container": "", "path": "spec.resources.limits.memory"},
	}}
	half := {"resources": {"limits": {"cpu": 1}}, "containers": [{"name": "a"}]}
	missing := container_limits.violation with input as make.pod(half, defaults)
	make.messages(missing) == {`container "a": no memory limit`}
}

test_lists_of_containers if {
	one := [{"name": "a"}]
	spec := {"initContainers": one, "containers": one, "ephemeralContainers": one}
	refused := container_limits.violation with input as make.pod(spec, object.union(defaults, {"require": ["memory"]}))
	make.paths(refused) == {"spec.initContainers[0].resources.limits.memory", "spec.containers[0].resources.limits.memory"}
}

test_require if {
	spec := {"containers": [{"name": "a", "resources": {"limits": {"memory": "1Gi", "cpu": 3}}}]}
	refused := container_limits.violation with input as make.pod(spec, object.union(defaults, {"require": ["memory"]}))
	make.messages(refused) == {`container "a": cpu limit 3 is above the maximum of 2`}
	unlimited := container_limits.violation with input as make.pod({"containers": [{"name": "a"}]}, {"require": []})
	count(unlimited) == 0
}

test_a_maximum_that_cannot_be_read if {
	spec := {"containers": [{"name": "a", "resources": {"limits": {"cpu": 100, "memory": "1Gi"}}}]}
	refused := container_limits.violation with input as make.pod(spec, object.union(defaults, {"cpu": "many"}))
	make.messages(refused) == {"parameter cpu of this policy: many is no quantity"}
}

test_other_objects if {
	found := container_limits.violation with input as make.review({"kind": "ConfigMap"}, defaults)
	count(found) == 0
}
