package privileged_test

import data.lib.review_test as make
import data.privileged

judged(context) := found if {
	found := privileged.violation with input as make.context(context, {})
}

test_accepted if {
	every context in [{}, null, {"privileged": false}, {"privileged": null}, {"allowPrivilegeEscalation": true}] {
		count(judged(context)) == 0
	}
	bare := privileged.violation with input as make.container({}, {})
	count(bare) == 0
}

test_refused if {
	judged({"privileged": true}) == {{
		"msg": `container "a": privileged is true`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.privileged"},
	}}
}

test_every_list_of_containers if {
	refused := privileged.violation with input as make.everywhere({"securityContext": {"privileged": true}}, {})
	make.paths(refused) == make.paths_everywhere("securityContext.privileged")
}

test_wrong_types if {
	make.messages(judged({"privileged": "true"})) == {`container "a": privileged is a string, want true or false`}
	make.messages(judged([])) == {`container "a": securityContext is a list, want a map`}
	found := privileged.violation with input as make.pod({"securityContext": 5, "containers": {"a": {}}, "initContainers": ["x"]}, {})
	make.messages(found) == {
		"pod: securityContext is a number, want a map",
		"spec.containers is a map, want a list",
		"spec.initContainers[0] is a string, want a map",
	}
}
