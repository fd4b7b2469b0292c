package sysctls_test

import data.lib.review_test as make
import data.sysctls

judged(list, parameters) := found if {
	found := sysctls.violation with input as make.deployment({"securityContext": {"sysctls": list}}, parameters)
}

safe := {"allowed": ["kernel.shm_rmid_forced", "net.ipv4.*"], "forbidden": ["net.ipv4.conf.*"]}

test_accepted if {
	count(judged(null, safe)) == 0
	count(judged([], safe)) == 0
	count(judged([{"name": "kernel.shm_rmid_forced", "value": "1"}, {"name": "net.ipv4.tcp_syncookies", "value": "1"}], safe)) == 0
	count(judged([{"name": "kernel.msgmax"}], {"allowed": ["*"]})) == 0
}

test_refused if {
	judged([{"name": "kernel.shm_rmid_forced"}, {"name": "kernel.msgmax", "value": "1"}], safe) == {{
		"msg": "pod: the kernel setting kernel.msgmax is not allowed",
		"details": {"container": "", "path": "spec.template.spec.securityContext.sysctls[1].name"},
	}}
	every name in ["", "kernel.shm_rmid_forced2", "kernel/shm_rmid_forced", "net.ipv4.conf.all.forwarding"] {
		count(judged([{"name": name}], safe)) == 1
	}
	count(judged([{"name": "kernel.shm_rmid_forced"}], {})) == 1
}

test_forbidden_with_slashes if {
	count(judged([{"name": "net/ipv4/conf/all/forwarding"}], {"allowed": ["*"], "forbidden": ["net.ipv4.conf.*"]})) == 1
}

test_wrong_types if {
	make.messages(judged("x", safe)) == {"pod: sysctls is a string, want a list"}
	make.messages(judged(["x"], safe)) == {"pod: a kernel setting is a string, want a map"}
	make.messages(judged([{"name": 5}], safe)) == {"pod: the name of a kernel setting is a number, want a string"}
	make.messages(judged([{"value": "1"}], safe)) == {"pod: a kernel setting has no name"}
}

test_malformed if {
	found := sysctls.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
