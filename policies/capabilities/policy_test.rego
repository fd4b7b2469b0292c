package capabilities_test

import data.capabilities
import data.lib.review_test as make

judged(capabilities_, allowed) := found if {
	found := capabilities.violation with input as make.context({"capabilities": capabilities_}, {"allowed": allowed})
}

test_accepted if {
	every given in [null, {}, {"add": null}, {"add": []}, {"add": ["CHOWN", "KILL"]}, {"drop": ["NET_RAW"]}] {
		count(judged(given, ["CHOWN", "KILL"])) == 0
	}
	count(judged({"add": ["SYS_ADMIN"]}, ["*"])) == 0
}

test_refused if {
	judged({"add": ["CHOWN", "NET_RAW"]}, ["CHOWN"]) == {{
		"msg": `container "a": adds the capability NET_RAW`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.capabilities.add[1]"},
	}}
	every capability in ["SYS_ADMIN", "ALL", "CAP_CHOWN", "chown", ""] {
		count(judged({"add": [capability]}, ["CHOWN"])) == 1
	}
	without := capabilities.violation with input as make.context({"capabilities": {"add": ["CHOWN"]}}, {})
	count(without) == 1
}

test_every_list_of_containers if {
	refused := capabilities.violation with input as make.everywhere({"securityContext": {"capabilities": {"add": ["X"]}}}, {"allowed": ["CHOWN"]})
	make.paths(refused) == make.paths_everywhere("securityContext.capabilities.add[0]")
}

test_wrong_types if {
	make.messages(judged("X", [])) == {`container "a": capabilities is a string, want a map`}
	make.messages(judged({"add": "X"}, [])) == {`container "a": capabilities.add is a string, want a list`}
	make.messages(judged({"add": [5, null]}, [])) == {
		`container "a": a capability is a number, want a string`,
		`container "a": adds a capability without a name`,
	}
}

test_malformed if {
	found := capabilities.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
