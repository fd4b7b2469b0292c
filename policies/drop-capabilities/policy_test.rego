package drop_capabilities_test

import data.drop_capabilities
import data.lib.review_test as make

defaults := {"required": ["ALL"], "allowed": ["NET_BIND_SERVICE"]}

judged(capabilities) := found if {
	found := drop_capabilities.violation with input as make.context({"capabilities": capabilities}, defaults)
}

test_accepted if {
	every capabilities in [{"drop": ["ALL"]}, {"drop": ["NET_RAW", "ALL"], "add": ["NET_BIND_SERVICE"]}, {"drop": ["ALL"], "add": null}] {
		count(judged(capabilities)) == 0
	}
}

test_nothing_dropped if {
	judged({"drop": ["NET_RAW", "all", "CAP_ALL"]}) == {{
		"msg": `container "a": does not drop the capability ALL`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.capabilities.drop"},
	}}
	every capabilities in [null, {}, {"drop": null}, {"drop": []}] {
		make.messages(judged(capabilities)) == {`container "a": does not drop the capability ALL`}
	}
	bare := drop_capabilities.violation with input as make.container({}, {})
	count(bare) == 1
}

test_added if {
	judged({"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "CHOWN"]}) == {{
		"msg": `container "a": adds the capability CHOWN`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.capabilities.add[1]"},
	}}
}

test_parameters if {
	required := {"required": ["NET_RAW", "MKNOD"], "allowed": ["CHOWN"]}
	half := drop_capabilities.violation with input as make.context({"capabilities": {"drop": ["MKNOD"], "add": ["CHOWN"]}}, required)
	make.messages(half) == {`container "a": does not drop the capability NET_RAW`}
	all := drop_capabilities.violation with input as make.context({"capabilities": {"drop": ["ALL"]}}, required)
	count(all) == 0
}

test_every_list_of_containers if {
	refused := drop_capabilities.violation with input as make.everywhere({}, defaults)
	make.paths(refused) == make.paths_everywhere("securityContext.capabilities.drop")
}

test_windows if {
	spec := {"os": {"name": "windows"}, "containers": [{"name": "a"}]}
	accepted := drop_capabilities.violation with input as make.pod(spec, defaults)
	count(accepted) == 0
	linux := drop_capabilities.violation with input as make.pod(object.union(spec, {"os": {"name": "linux"}}), defaults)
	count(linux) == 1
}

test_wrong_types if {
	make.messages(judged({"drop": "ALL"})) == {`container "a": does not drop the capability ALL`, `container "a": capabilities.drop is a string, want a list`}
	make.messages(judged({"drop": {"x": "ALL"}})) == {`container "a": does not drop the capability ALL`, `container "a": capabilities.drop is a map, want a list`}
	make.paths(judged({"drop": ["ALL", 5]})) == {"spec.template.spec.containers[0].securityContext.capabilities.drop[1]"}
	make.messages(judged({"drop": ["ALL"], "add": 5})) == {`container "a": capabilities.add is a number, want a list`}
}

test_malformed if {
	found := drop_capabilities.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
