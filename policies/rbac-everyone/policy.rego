# METADATA
# scope: package
# title: Rights for everybody
# description: >-
#   No role is bound to those who have not logged in, nor to all who have: the one are the whole network, the others every
#   service account of every namespace and all people of the company. Kubernetes' own public roles are let pass.
# custom:
#   id: rbac-everyone
#   severity: error
#   preset: baseline
#   kinds:
#     - apiGroups: [rbac.authorization.k8s.io]
#       kinds: [ClusterRoleBinding, RoleBinding]
#   parameters:
#     type: object
#     properties:
#       subjects:
#         type: array
#         description: Who is everybody, as User/NAME or Group/NAME
#         items: {type: string, pattern: "^(User|Group)/.+$"}
#         default:
#           - User/system:anonymous
#           - Group/system:unauthenticated
#           - Group/system:authenticated
#           - Group/system:serviceaccounts
#       roles:
#         type: array
#         description: Roles that everybody may have
#         items: {type: string, minLength: 1}
#         default: ["system:basic-user", "system:discovery", "system:public-info-viewer"]
#   fix: bind the role to the groups and service accounts that need it
package rbac_everyone

import data.lib.subjects
import data.lib.types

violation contains {"msg": msg, "details": {"path": path}} if {
	some i, subject in input.review.object.subjects
	who := subjects.named(subject, input.review.object)
	who in object.get(input, ["parameters", "subjects"], [])
	role := object.get(input.review.object, ["roleRef", "name"], "")
	not role in object.get(input, ["parameters", "roles"], [])
	path := sprintf("subjects[%d]", [i])
	msg := sprintf("%s has the role %v", [who, role])
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some path, problem in object.union(types.misfits(input.review.object, {["roleRef"]: "object"}), subjects.misfits(input.review.object))
	msg := sprintf("%s %s", [path, problem])
}
