# METADATA
# title: Subjects of bindings
# description: Names whom a RoleBinding or ClusterRoleBinding gives a role.
package lib.subjects

import data.lib.types

# named is User/NAME, Group/NAME or ServiceAccount/NAMESPACE/NAME; the namespace is the binding's where none is said.
named(subject, binding) := sprintf("ServiceAccount/%v/%v", [namespace, subject.name]) if {
	subject.kind == "ServiceAccount"
	namespace := object.get(subject, "namespace", object.get(binding, ["metadata", "namespace"], ""))
} else := sprintf("%v/%v", [subject.kind, subject.name])

misfits(binding) := object.union(
	types.misfits(binding, {["subjects"]: "array"}),
	types.items(binding, ["subjects"], {["kind"]: "string", ["name"]: "string", ["namespace"]: "string"}),
)
