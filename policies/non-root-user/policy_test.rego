package non_root_user_test

import data.lib.review_test as make
import data.non_root_user

of_container(context) := found if {
	found := non_root_user.violation with input as make.context(context, {})
}

of_pod(context) := found if {
	found := non_root_user.violation with input as make.pod({"securityContext": context}, {})
}

test_accepted if {
	every context in [{}, null, {"runAsUser": 1}, {"runAsUser": null}, {"runAsGroup": 0}] {
		count(of_container(context)) == 0
		count(of_pod(context)) == 0
	}
}

test_refused if {
	of_container({"runAsUser": 0}) == {{
		"msg": `container "a": runAsUser is 0, which is root`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.runAsUser"},
	}}
	of_pod({"runAsUser": 0}) == {{
		"msg": "pod: runAsUser is 0, which is root",
		"details": {"container": "", "path": "spec.securityContext.runAsUser"},
	}}
}

test_every_list_of_containers if {
	refused := non_root_user.violation with input as make.everywhere({"securityContext": {"runAsUser": 0}}, {})
	make.paths(refused) == make.paths_everywhere("securityContext.runAsUser")
}

spec(users) := {"hostUsers": users, "securityContext": {"runAsUser": 0}, "containers": [{"name": "a", "securityContext": {"runAsUser": 0}}]}

test_user_namespace if {
	own := non_root_user.violation with input as make.pod(spec(false), {})
	count(own) == 0
	host := non_root_user.violation with input as make.pod(spec(true), {})
	count(host) == 2
}

test_wrong_types if {
	make.messages(of_container({"runAsUser": "0"})) == {`container "a": runAsUser is a string, want a number`}
	make.messages(of_pod({"runAsUser": true})) == {"pod: runAsUser is true or false, want a number"}
}

test_malformed if {
	found := non_root_user.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
