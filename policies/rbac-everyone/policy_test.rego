package rbac_everyone_test

import data.lib.review_test as make
import data.rbac_everyone

parameters := {"subjects": ["User/system:anonymous", "Group/system:authenticated"], "roles": ["system:discovery"]}

judged(role, subjects) := found if {
	binding := {"kind": "RoleBinding", "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": subjects}
	found := rbac_everyone.violation with input as make.review(binding, parameters)
}

test_accepted if {
	count(judged("view", [{"kind": "Group", "name": "devs"}, {"kind": "User", "name": "system:authenticated"}])) == 0
	count(judged("system:discovery", [{"kind": "Group", "name": "system:authenticated"}])) == 0
	count(judged("view", null)) == 0
}

test_refused if {
	judged("view", [{"kind": "Group", "name": "devs"}, {"kind": "Group", "name": "system:authenticated"}]) == {{
		"msg": "Group/system:authenticated has the role view",
		"details": {"path": "subjects[1]"},
	}}
	make.messages(judged("edit", [{"kind": "User", "name": "system:anonymous"}])) == {"User/system:anonymous has the role edit"}
}

test_wrong_types if {
	make.messages(judged("view", ["all"])) == {"subjects[0] is a string, want a map"}
}
