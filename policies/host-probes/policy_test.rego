package host_probes_test

import data.host_probes
import data.lib.review_test as make

judged(container) := found if {
	found := host_probes.violation with input as make.container(container, {"allowed": []})
}

requests := {"httpGet", "tcpSocket"}

test_accepted if {
	every action in [{}, null, {"host": ""}, {"host": null}, {"port": 80, "path": "/"}] {
		every request in requests {
			count(judged({"livenessProbe": {request: action}, "lifecycle": {"preStop": {request: action}}})) == 0
		}
	}
	count(judged({"livenessProbe": null, "readinessProbe": {"exec": {"command": ["x"]}}, "startupProbe": {"grpc": {"port": 1}}, "lifecycle": null})) == 0
	count(judged({"livenessProbe": {"initialDelaySeconds": 5}, "lifecycle": {"stopSignal": "SIGTERM"}})) == 0
	local := host_probes.violation with input as make.container({"livenessProbe": {"tcpSocket": {"host": "127.0.0.1"}}}, {"allowed": ["127.0.0.1"]})
	count(local) == 0
}

test_probes if {
	every request in requests {
		every probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
			judged({probe: {request: {"host": "10.0.0.1"}}}) == {{
				"msg": sprintf(`container "a": %s goes to the host 10.0.0.1`, [probe]),
				"details": {"container": "a", "path": sprintf("spec.template.spec.containers[0].%s.%s.host", [probe, request])},
			}}
		}
	}
}

test_hooks if {
	every request in requests {
		every hook in ["postStart", "preStop"] {
			judged({"lifecycle": {hook: {request: {"host": "x"}}}}) == {{
				"msg": sprintf(`container "a": %s goes to the host x`, [hook]),
				"details": {"container": "a", "path": sprintf("spec.template.spec.containers[0].lifecycle.%s.%s.host", [hook, request])},
			}}
		}
	}
}

test_every_list_of_containers if {
	refused := host_probes.violation with input as make.everywhere({"livenessProbe": {"tcpSocket": {"host": "x"}}}, {})
	make.paths(refused) == make.paths_everywhere("livenessProbe.tcpSocket.host")
}

test_wrong_types if {
	make.messages(judged({"livenessProbe": "x"})) == {`container "a": livenessProbe is a string, want a map`}
	make.messages(judged({"livenessProbe": {"httpGet": "x"}})) == {`container "a": livenessProbe: the request is a string, want a map`}
	make.messages(judged({"livenessProbe": {"httpGet": {"host": 5}}})) == {`container "a": livenessProbe: host is a number, want a string`}
	make.messages(judged({"lifecycle": []})) == {`container "a": lifecycle is a list, want a map`}
	make.messages(judged({"lifecycle": {"preStop": []}})) == {`container "a": preStop is a list, want a map`}
}

test_malformed if {
	found := host_probes.violation with input as make.pod({"containers": 5}, {})
	make.messages(found) == {"spec.containers is a number, want a list"}
}
