package rbac_cluster_admin_test

import data.lib.review_test as make
import data.rbac_cluster_admin

defaults := {"roles": ["cluster-admin"], "subjects": ["Group/system:masters", "ServiceAccount/ops/gitops"]}

judged(role, subjects) := found if {
	binding := {"kind": "ClusterRoleBinding", "metadata": {"namespace": "team"}, "roleRef": role, "subjects": subjects}
	found := rbac_cluster_admin.violation with input as make.review(binding, defaults)
}

admin := {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}

test_accepted if {
	every role in [{"kind": "ClusterRole", "name": "admin"}, {"kind": "Role", "name": "cluster-admin"}, null] {
		count(judged(role, [{"kind": "User", "name": "eve"}])) == 0
	}
	count(judged(admin, [{"kind": "Group", "name": "system:masters"}, {"kind": "ServiceAccount", "namespace": "ops", "name": "gitops"}])) == 0
	count(judged(admin, null)) == 0
}

test_refused if {
	judged(admin, [{"kind": "Group", "name": "system:masters"}, {"kind": "User", "name": "eve"}]) == {{
		"msg": "User/eve is bound to cluster-admin",
		"details": {"path": "subjects[1]"},
	}}
	make.messages(judged(admin, [{"kind": "ServiceAccount", "namespace": "default", "name": "gitops"}])) == {
		"ServiceAccount/default/gitops is bound to cluster-admin",
	}
	make.messages(judged(admin, [{"kind": "ServiceAccount", "name": "web"}])) == {"ServiceAccount/team/web is bound to cluster-admin"}
}

test_wrong_types if {
	make.messages(judged({"kind": 5, "name": {}}, "eve")) == {
		"roleRef.kind is a number, want a string",
		"roleRef.name is a map, want a string",
		"subjects is a string, want a list",
	}
	make.messages(judged(admin, [5, {"kind": "User", "name": 5}])) == {
		"subjects[0] is a number, want a map",
		"subjects[1].name is a number, want a string",
		"User/5 is bound to cluster-admin",
	}
}
