package selinux_test

import data.lib.review_test as make
import data.selinux

defaults := {"allowedTypes": ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"], "allowed": []}

of_container(options, parameters) := found if {
	found := selinux.violation with input as make.context({"seLinuxOptions": options}, parameters)
}

of_pod(options) := found if {
	found := selinux.violation with input as make.pod({"securityContext": {"seLinuxOptions": options}}, defaults)
}

test_accepted if {
	every options in [null, {}, {"type": ""}, {"type": "container_t", "level": "s0:c1,c2"}, {"user": "", "role": null}, {"type": "container_engine_t"}] {
		count(of_container(options, defaults)) == 0
		count(of_pod(options)) == 0
	}
}

test_refused if {
	of_container({"type": "spc_t"}, defaults) == {{
		"msg": `container "a": the SELinux type is "spc_t", which is not allowed`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.seLinuxOptions.type"},
	}}
	make.paths(of_pod({"user": "system_u", "role": "system_r"})) == {"spec.securityContext.seLinuxOptions.user", "spec.securityContext.seLinuxOptions.role"}
	count(of_container({"type": "container_t"}, {})) == 1
}

test_whole_contexts if {
	one := {"allowedTypes": [], "allowed": [{"user": "u", "role": "r", "type": "t", "level": "s0"}, {"type": "x"}]}
	count(of_container({"user": "u", "role": "r", "type": "t", "level": "s0"}, one)) == 0
	count(of_container({"type": "x", "role": "", "user": null}, one)) == 0
	count(of_container({"user": "u", "role": "r", "type": "t", "level": "s1"}, one)) == 3
	count(of_container({"type": "x", "level": "s0"}, one)) == 1
}

test_every_list_of_containers if {
	refused := selinux.violation with input as make.everywhere({"securityContext": {"seLinuxOptions": {"role": "x"}}}, defaults)
	make.paths(refused) == make.paths_everywhere("securityContext.seLinuxOptions.role")
}

test_wrong_types if {
	make.messages(of_container("x", defaults)) == {`container "a": seLinuxOptions is a string, want a map`}
	make.paths(of_container({"type": 5, "user": ["x"]}, defaults)) == {
		"spec.template.spec.containers[0].securityContext.seLinuxOptions.type",
		"spec.template.spec.containers[0].securityContext.seLinuxOptions.user",
	}
}

test_malformed if {
	found := selinux.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
