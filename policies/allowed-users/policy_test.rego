package allowed_users_test

import data.allowed_users
import data.lib.review_test as make

none := {"required": false, "ranges": []}

defaults := {"runAsUser": none, "runAsGroup": none, "fsGroup": none, "supplementalGroups": none}

ranges := [{"min": 1000, "max": 1999}, {"min": 5, "max": 5}]

judged(of_pod, of_container, parameters) := found if {
	spec := {"securityContext": of_pod, "containers": [{"name": "a", "securityContext": of_container}]}
	found := allowed_users.violation with input as make.deployment(spec, object.union(defaults, parameters))
}

test_nothing_is_asked_for_by_default if {
	count(judged({"runAsUser": 0, "fsGroup": 0, "supplementalGroups": [0]}, {"runAsUser": 0, "runAsGroup": 0}, {})) == 0
	bare := allowed_users.violation with input as make.container({"securityContext": {"runAsUser": 0}}, {})
	count(bare) == 0
}

test_containers if {
	every key in ["runAsUser", "runAsGroup"] {
		every id in [5, 1000, 1999, null] {
			count(judged({}, {key: id}, {key: {"ranges": ranges}})) == 0
		}
		judged({key: 1000}, {key: 0}, {key: {"ranges": ranges}}) == {{
			"msg": sprintf(`container "a": %s is 0, which is in none of the policy's ranges`, [key]),
			"details": {"container": "a", "path": sprintf("spec.template.spec.containers[0].securityContext.%s", [key])},
		}}
		count(judged({}, {key: 2000}, {key: {"ranges": ranges}})) == 1
		count(judged({}, {key: "1000"}, {key: {"ranges": ranges}})) == 1
	}
}

test_pod if {
	every key in ["runAsUser", "runAsGroup", "fsGroup"] {
		count(judged({key: 1500}, {}, {key: {"ranges": ranges}})) == 0
		judged({key: 6}, {}, {key: {"ranges": ranges}}) == {{
			"msg": sprintf("pod: %s is 6, which is in none of the policy's ranges", [key]),
			"details": {"container": "", "path": sprintf("spec.template.spec.securityContext.%s", [key])},
		}}
	}
	make.paths(judged({"supplementalGroups": [5, 0]}, {}, {"supplementalGroups": {"ranges": ranges}})) == {"spec.template.spec.securityContext.supplementalGroups[1]"}
}

test_wrong_types if {
	make.messages(judged({"supplementalGroups": 5}, {}, {})) == {"pod: supplementalGroups is a number, want a list"}
}

test_required if {
	every key in ["runAsUser", "runAsGroup"] {
		count(judged({key: 5}, {}, {key: {"required": true}})) == 0
		count(judged({}, {key: 5}, {key: {"required": true}})) == 0
		judged({}, null, {key: {"required": true}}) == {{
			"msg": sprintf(`container "a": %s is not set, here or for the Pod`, [key]),
			"details": {"container": "a", "path": sprintf("spec.template.spec.containers[0].securityContext.%s", [key])},
		}}
	}
	every key in ["fsGroup", "supplementalGroups"] {
		make.messages(judged({}, {}, {key: {"required": true}})) == {sprintf("pod: %s is not set", [key])}
	}
	count(judged({"fsGroup": 5, "supplementalGroups": [5]}, {}, {"fsGroup": {"required": true}, "supplementalGroups": {"required": true}})) == 0
}

test_every_list_of_containers if {
	refused := allowed_users.violation with input as make.everywhere({"securityContext": {"runAsUser": 0}}, {"runAsUser": {"ranges": ranges, "required": true}})
	make.paths(refused) == make.paths_everywhere("securityContext.runAsUser")
}

test_windows if {
	asked := object.union(defaults, {"runAsUser": {"required": true}, "fsGroup": {"required": true}})
	found := allowed_users.violation with input as make.pod({"os": {"name": "windows"}, "containers": [{"name": "a"}]}, asked)
	count(found) == 0
}

test_malformed if {
	found := allowed_users.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
