package privilege_escalation_test

import data.lib.review_test as make
import data.privilege_escalation

judged(context) := found if {
	found := privilege_escalation.violation with input as make.context(context, {})
}

test_accepted if {
	count(judged({"allowPrivilegeEscalation": false})) == 0
}

test_refused if {
	judged({"allowPrivilegeEscalation": true}) == {{
		"msg": `container "a": allowPrivilegeEscalation is true`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation"},
	}}
	every context in [{}, null, {"allowPrivilegeEscalation": null}] {
		make.messages(judged(context)) == {`container "a": allowPrivilegeEscalation is not set to false`}
	}
	bare := privilege_escalation.violation with input as make.container({}, {})
	count(bare) == 1
}

test_every_list_of_containers if {
	refused := privilege_escalation.violation with input as make.everywhere({}, {})
	make.paths(refused) == make.paths_everywhere("securityContext.allowPrivilegeEscalation")
}

test_windows if {
	windows := privilege_escalation.violation with input as make.pod({"os": {"name": "windows"}, "containers": [{"name": "a"}]}, {})
	count(windows) == 0
	linux := privilege_escalation.violation with input as make.pod({"os": {"name": "linux"}, "containers": [{"name": "a"}]}, {})
	count(linux) == 1
}

test_wrong_types if {
	make.messages(judged({"allowPrivilegeEscalation": "false"})) == {`container "a": allowPrivilegeEscalation is a string, want true or false`}
	found := privilege_escalation.violation with input as make.pod({"containers": ["x"]}, {})
	make.messages(found) == {"spec.containers[0] is a string, want a map"}
}
