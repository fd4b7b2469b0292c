package run_as_non_root_test

import data.lib.review_test as make
import data.run_as_non_root

judged(of_pod, of_container) := found if {
	found := run_as_non_root.violation with input as make.deployment(
		{"securityContext": of_pod, "containers": [{"name": "a", "securityContext": of_container}]},
		{},
	)
}

yes := {"runAsNonRoot": true}

no := {"runAsNonRoot": false}

test_accepted if {
	every row in [[yes, {}], [yes, null], [yes, {"runAsNonRoot": null}], [{}, yes], [null, yes], [yes, yes]] {
		count(judged(row[0], row[1])) == 0
	}
}

test_not_set if {
	judged({}, {}) == {{
		"msg": `container "a": runAsNonRoot is not set to true, here or for the Pod`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.runAsNonRoot"},
	}}
	count(judged(null, null)) == 1
	bare := run_as_non_root.violation with input as make.container({}, {})
	count(bare) == 1
}

test_null_is_not_set if {
	count(judged({"runAsNonRoot": null}, null)) == 1
}

test_false if {
	make.messages(judged(yes, no)) == {`container "a": runAsNonRoot is false`}
	judged(no, yes) == {{
		"msg": "pod: runAsNonRoot is false",
		"details": {"container": "", "path": "spec.template.spec.securityContext.runAsNonRoot"},
	}}
}

test_every_list_of_containers if {
	refused := run_as_non_root.violation with input as make.everywhere({}, {})
	make.paths(refused) == make.paths_everywhere("securityContext.runAsNonRoot")
	false_ := run_as_non_root.violation with input as make.everywhere({"securityContext": no}, {})
	make.paths(false_) == make.paths_everywhere("securityContext.runAsNonRoot")
}

spec(users) := {"hostUsers": users, "securityContext": no, "containers": [{"name": "a"}, {"name": "b", "securityContext": no}]}

test_user_namespace if {
	own := run_as_non_root.violation with input as make.pod(spec(false), {})
	count(own) == 0
	host := run_as_non_root.violation with input as make.pod(spec(true), {})
	count(host) == 3
}

test_wrong_types if {
	make.messages(judged({"runAsNonRoot": "true"}, yes)) == {"pod: runAsNonRoot is a string, want true or false"}
	make.messages(judged({}, {"runAsNonRoot": "true"})) == {`container "a": runAsNonRoot is a string, want true or false`}
	found := run_as_non_root.violation with input as make.pod({"containers": ["x"]}, {})
	make.messages(found) == {"spec.containers[0] is a string, want a map"}
}
