package container_requests_test

import data.container_requests
import data.lib.review_test as make

both := {"require": ["cpu", "memory"]}

judged(resources) := make.messages(found) if {
	found := container_requests.violation with input as make.deployment(
		{"containers": [{"name": "a", "resources": resources}]},
		both,
	)
}

test_accepted if {
	every resources in [
		{"requests": {"cpu": "10m", "memory": "16Mi"}},
		{"requests": {"cpu": 1, "memory": "1Gi"}, "limits": {"cpu": 1, "memory": "1024Mi"}},
		{"requests": {"cpu": "10m"}, "limits": {"memory": "16Mi"}},
		{"limits": {"cpu": 1, "memory": "16Mi"}, "requests": null},
	] {
		count(judged(resources)) == 0
	}
}

test_missing if {
	judged({"requests": {"cpu": 1}}) == {`container "a": no memory request`}
	judged({"requests": {"memory": null}, "limits": {"cpu": 1}}) == {`container "a": no memory request`}
	judged({}) == {`container "a": no cpu request`, `container "a": no memory request`}
	judged(null) == judged({})
}

test_not_a_request if {
	judged({"requests": {"cpu": "one", "memory": 1}}) == {`container "a": cpu request one is no quantity`}
	judged({"requests": {"cpu": 0, "memory": "0Mi"}}) == {
		`container "a": cpu request 0 asks for nothing`,
		`container "a": memory request 0Mi asks for nothing`,
	}
	judged({"limits": {"cpu": 0, "memory": 1}}) == {`container "a": cpu limit 0 asks for nothing`}
}

test_wrong_types if {
	judged({"requests": ["cpu"], "limits": {"cpu": 1, "memory": 1}}) == {`container "a": resources.requests is a list, want a map`}
	refused := container_requests.violation with input as make.pod({"containers": {}}, both)
	make.messages(refused) == {"spec.containers is a map, want a list"}
}

test_requests_of_the_pod_count if {
	spec := {"resources": {"requests": {"cpu": 1}, "limits": {"memory": "1Gi"}}, "containers": [{"name": "a"}]}
	accepted := container_requests.violation with input as make.pod(spec, both)
	count(accepted) == 0
}

test_lists_of_containers if {
	one := [{"name": "a"}]
	spec := {"initContainers": one, "containers": one, "ephemeralContainers": one}
	refused := container_requests.violation with input as make.pod(spec, {"require": ["cpu"]})
	make.paths(refused) == {"spec.initContainers[0].resources.requests.cpu", "spec.containers[0].resources.requests.cpu"}
}

test_nothing_required if {
	accepted := container_requests.violation with input as make.pod({"containers": [{"name": "a"}]}, {"require": []})
	count(accepted) == 0
}
