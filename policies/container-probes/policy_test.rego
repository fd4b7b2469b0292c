package container_probes_test

import data.container_probes
import data.lib.review_test as make

ports := [{"containerPort": 8080}]

defaults := {"readiness": "ports", "liveness": "none"}

judged(container, parameters) := make.messages(found) if {
	found := container_probes.violation with input as make.deployment(
		{"containers": [object.union({"name": "a"}, container)]},
		parameters,
	)
}

test_accepted if {
	every way in ["httpGet", "tcpSocket", "grpc", "exec"] {
		count(judged({"ports": ports, "readinessProbe": {way: {}}}, defaults)) == 0
	}
	count(judged({}, defaults)) == 0
	count(judged({"ports": []}, defaults)) == 0
	count(judged({"ports": null}, defaults)) == 0
	count(judged({"ports": ports}, {"readiness": "none", "liveness": "none"})) == 0
	count(judged({"ports": ports}, {})) == 0
}

test_missing if {
	judged({"ports": ports}, defaults) == {`container "a": no readiness probe`}
	judged({"ports": ports, "livenessProbe": {"exec": {}}}, defaults) == {`container "a": no readiness probe`}
	judged({}, {"readiness": "all", "liveness": "all"}) == {`container "a": no readiness probe`, `container "a": no liveness probe`}
	judged({"ports": ports, "readinessProbe": {"exec": {}}}, {"readiness": "ports", "liveness": "ports"}) == {`container "a": no liveness probe`}
}

test_a_probe_that_asks_nothing if {
	every probe in [{}, null, {"periodSeconds": 5}, {"httpGet": null}] {
		judged({"ports": ports, "readinessProbe": probe}, defaults) == {`container "a": no readiness probe`}
	}
}

test_path if {
	refused := container_probes.violation with input as make.deployment({"containers": [{"name": "a", "ports": ports}]}, defaults)
	make.paths(refused) == {"spec.template.spec.containers[0].readinessProbe"}
}

test_init_containers if {
	init := {"name": "a", "ports": ports}
	once := container_probes.violation with input as make.deployment({"initContainers": [init]}, defaults)
	count(once) == 0
	on := object.union(init, {"restartPolicy": "Always"})
	always := container_probes.violation with input as make.deployment({"initContainers": [on]}, defaults)
	make.paths(always) == {"spec.template.spec.initContainers[0].readinessProbe"}
}

test_wrong_types if {
	judged({"ports": 8080}, defaults) == {`container "a": ports is a number, want a list`}
	judged({"ports": ports, "readinessProbe": "/"}, defaults) == {
		`container "a": no readiness probe`,
		`container "a": readinessProbe is a string, want a map`,
	}
}
