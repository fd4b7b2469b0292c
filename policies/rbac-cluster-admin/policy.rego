# METADATA
# scope: package
# title: Bindings to cluster-admin
# description: >-
#   Nobody is given the right to do everything. Whoever has a token of such an account has the cluster, and in a namespace
#   everything in it, its quota and its Secrets included.
# custom:
#   id: rbac-cluster-admin
#   severity: error
#   preset: baseline
#   kinds:
#     - apiGroups: [rbac.authorization.k8s.io]
#       kinds: [ClusterRoleBinding, RoleBinding]
#   parameters:
#     type: object
#     properties:
#       roles:
#         type: array
#         description: The ClusterRoles that are not to be bound
#         items: {type: string, minLength: 1}
#         default: [cluster-admin]
#       subjects:
#         type: array
#         description: Who may be bound nevertheless, as User/NAME, Group/NAME or ServiceAccount/NAMESPACE/NAME
#         items: {type: string, pattern: "^(User|Group|ServiceAccount/[^/]+)/.+$"}
#         default: ["Group/system:masters"]
#   fix: bind a role that has the rights that are needed; in a namespace the ClusterRoles admin and edit are
package rbac_cluster_admin

import data.lib.subjects
import data.lib.types

violation contains {"msg": msg, "details": {"path": path}} if {
	role := input.review.object.roleRef
	role.kind == "ClusterRole"
	role.name in object.get(input, ["parameters", "roles"], [])
	some i, subject in input.review.object.subjects
	who := subjects.named(subject, input.review.object)
	not who in object.get(input, ["parameters", "subjects"], [])
	path := sprintf("subjects[%d]", [i])
	msg := sprintf("%s is bound to %s", [who, role.name])
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some path, problem in object.union(types.misfits(input.review.object, shape), subjects.misfits(input.review.object))
	msg := sprintf("%s %s", [path, problem])
}

shape := {["roleRef"]: "object", ["roleRef", "kind"]: "string", ["roleRef", "name"]: "string"}
