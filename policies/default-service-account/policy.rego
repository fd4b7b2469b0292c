# METADATA
# scope: package
# title: Token of the default service account
# description: >-
#   A Pod that asks for no service account of its own does not carry the token of the namespace's default one: whoever
#   breaks into it has the rights of every other Pod there, and most need none. Where the ServiceAccount default itself says
#   automountServiceAccountToken false, that is enough.
# custom:
#   id: default-service-account
#   severity: error
#   preset: restricted
#   kinds:
#     - apiGroups: [""]
#       kinds: [Pod, PodTemplate, ReplicationController]
#     - apiGroups: [apps]
#       kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]
#     - apiGroups: [batch]
#       kinds: [Job, CronJob]
#   fix: set automountServiceAccountToken to false, or name a service account with the rights that the Pod needs
package default_service_account

import data.lib.pods
import data.lib.types

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	object.get(pods.spec, "automountServiceAccountToken", true) != false
	account in {"", "default"}
	not kept
	path := concat(".", [pods.path, "automountServiceAccountToken"])
	msg := "pod: carries the token of the service account default"
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some field, problem in types.misfits(pods.spec, {
		["automountServiceAccountToken"]: "boolean",
		["serviceAccountName"]: "string", ["serviceAccount"]: "string",
	})
	path := concat(".", [pods.path, field])
	msg := sprintf("pod: %s %s", [field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

# account is the name in the field or in its old alias; a null is none.
account := name if {
	name := pods.spec.serviceAccountName
	not name in {null, ""}
} else := name if {
	name := pods.spec.serviceAccount
	name != null
} else := ""

# kept tells whether the namespace's default account keeps its token from Pods that do not ask for it.
kept if {
	object.get(pods.spec, "automountServiceAccountToken", null) == null
	namespace := input.review.object.metadata.namespace
	data.inventory.namespace[namespace].v1.ServiceAccount["default"].automountServiceAccountToken == false
}
