package privileged_test

import data.lib.review_test as make
import data.privileged

defaults := {"capabilities": ["ALL", "SYS_ADMIN"]}

judged(context) := found if {
	found := privileged.violation with input as make.deployment(
		{"containers": [{"name": "a", "securityContext": context}]},
		defaults,
	)
}

test_accepted if {
	every context in [
		{}, null, {"privileged": false}, {"allowPrivilegeEscalation": false}, {"privileged": null},
		{"capabilities": {"add": ["NET_BIND_SERVICE", "SYS_TIME"]}}, {"capabilities": {"drop": ["ALL"]}},
		{"capabilities": {"add": null}}, {"capabilities": null}, {"windowsOptions": {"hostProcess": false}},
	] {
		count(judged(context)) == 0
	}
	bare := privileged.violation with input as make.pod({"containers": [{"name": "a"}]}, defaults)
	count(bare) == 0
}

test_settings if {
	judged({"privileged": true}) == {{
		"msg": `container "a": privileged is true`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.privileged"},
	}}
	make.messages(judged({"allowPrivilegeEscalation": true})) == {`container "a": allowPrivilegeEscalation is true`}
	make.messages(judged({"windowsOptions": {"hostProcess": true}})) == {`container "a": windowsOptions.hostProcess is true`}
	count(judged({"privileged": true, "allowPrivilegeEscalation": true})) == 2
}

test_capabilities if {
	every capability in ["SYS_ADMIN", "CAP_SYS_ADMIN", "sys_admin", "cap_sys_admin", "ALL", "all"] {
		make.paths(judged({"capabilities": {"add": ["CHOWN", capability]}})) == {"spec.template.spec.containers[0].securityContext.capabilities.add[1]"}
	}
}

test_capabilities_are_a_parameter if {
	spec := {"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["NET_RAW", "SYS_ADMIN"]}}}]}
	refused := privileged.violation with input as make.pod(spec, {"capabilities": ["CAP_NET_RAW"]})
	make.messages(refused) == {`container "a": adds the capability NET_RAW`}
}

test_host_process_of_the_pod if {
	spec := {"securityContext": {"windowsOptions": {"hostProcess": true}}, "containers": []}
	refused := privileged.violation with input as make.pod(spec, defaults)
	make.paths(refused) == {"spec.securityContext.windowsOptions.hostProcess"}
}

test_every_list_of_containers if {
	one := [{"name": "a", "securityContext": {"privileged": true}}]
	spec := {"initContainers": one, "containers": one, "ephemeralContainers": one}
	refused := privileged.violation with input as make.pod(spec, defaults)
	make.paths(refused) == {
		"spec.initContainers[0].securityContext.privileged",
		"spec.containers[0].securityContext.privileged",
		"spec.ephemeralContainers[0].securityContext.privileged",
	}
}
