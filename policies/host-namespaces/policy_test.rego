package host_namespaces_test

import data.host_namespaces
import data.lib.review_test as make

judged(spec, parameters) := found if {
	found := host_namespaces.violation with input as make.workload("DaemonSet", spec, parameters)
}

test_accepted if {
	every spec in [
		{}, {"hostNetwork": false, "hostPID": null},
		{"containers": [{"name": "a"}]},
		{"containers": [{"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0}]}]},
		{"containers": [{"name": "a", "ports": null}]},
	] {
		count(judged(spec, {"allowedHostPorts": []})) == 0
	}
}

test_namespaces if {
	judged({"hostNetwork": true}, {}) == {{
		"msg": "pod: hostNetwork is true",
		"details": {"container": "", "path": "spec.template.spec.hostNetwork"},
	}}
	make.paths(judged({"hostPID": true, "hostIPC": true}, {})) == {"spec.template.spec.hostPID", "spec.template.spec.hostIPC"}
}

test_host_ports if {
	spec := {
		"initContainers": [{"name": "i", "ports": [{"containerPort": 1, "hostPort": 9100}]}],
		"containers": [{"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 443, "hostPort": 443}]}],
	}
	make.messages(judged(spec, {})) == {
		`container "i": takes port 9100 of the host`,
		`container "a": takes port 443 of the host`,
	}
	make.paths(judged(spec, {"allowedHostPorts": [9100]})) == {"spec.template.spec.containers[0].ports[1].hostPort"}
	count(judged(spec, {"allowedHostPorts": [443, 9100]})) == 0
}

test_cronjob if {
	refused := host_namespaces.violation with input as make.cronjob({"hostNetwork": true}, {})
	make.paths(refused) == {"spec.jobTemplate.spec.template.spec.hostNetwork"}
}
