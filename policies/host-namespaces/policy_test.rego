package host_namespaces_test

import data.host_namespaces
import data.lib.review_test as make

judged(spec) := found if {
	found := host_namespaces.violation with input as make.workload("DaemonSet", spec, {})
}

test_accepted if {
	every spec in [
		{}, {"hostNetwork": false, "hostPID": null}, {"hostUsers": true},
		{"containers": [{"name": "a", "ports": [{"containerPort": 81, "hostPort": 81}]}]},
	] {
		count(judged(spec)) == 0
	}
}

test_refused if {
	judged({"hostNetwork": true}) == {{
		"msg": "pod: hostNetwork is true",
		"details": {"container": "", "path": "spec.template.spec.hostNetwork"},
	}}
	make.paths(judged({"hostPID": true, "hostIPC": true})) == {"spec.template.spec.hostPID", "spec.template.spec.hostIPC"}
}

test_cronjob if {
	refused := host_namespaces.violation with input as make.cronjob({"hostNetwork": true}, {})
	make.paths(refused) == {"spec.jobTemplate.spec.template.spec.hostNetwork"}
}

test_wrong_types if {
	make.messages(judged({"hostNetwork": "false"})) == {"pod: hostNetwork is a string, want true or false"}
	make.messages(judged([])) == {"spec.template.spec is a list, want a map"}
}
