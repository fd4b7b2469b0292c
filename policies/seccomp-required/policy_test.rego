package seccomp_required_test

import data.lib.review_test as make
import data.seccomp_required

judged(spec) := found if {
	found := seccomp_required.violation with input as make.deployment(spec, {})
}

set := {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}

test_accepted if {
	count(judged(object.union(set, {"containers": [{"name": "a"}], "initContainers": [{"name": "b"}]}))) == 0
	count(judged({"containers": [object.union(set, {"name": "a"})]})) == 0
	count(judged({"os": {"name": "windows"}, "containers": [{"name": "a"}]})) == 0
}

test_refused if {
	judged({"containers": [object.union(set, {"name": "a"}), {"name": "b"}]}) == {{
		"msg": `container "b": has no seccomp profile, and neither has the Pod`,
		"details": {"container": "b", "path": "spec.template.spec.containers[1].securityContext.seccompProfile"},
	}}
	count(judged({"securityContext": {"seccompProfile": null}, "containers": [{"name": "a", "securityContext": {"seccompProfile": null}}]})) == 1
	count(judged({"os": {"name": "linux"}, "containers": [{"name": "a"}]})) == 1
}

test_every_list_of_containers if {
	refused := seccomp_required.violation with input as make.everywhere({}, {})
	make.paths(refused) == make.paths_everywhere("securityContext.seccompProfile")
}

test_malformed if {
	found := seccomp_required.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
