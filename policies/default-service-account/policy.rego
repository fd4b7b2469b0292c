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

violation contains pods.of_pod("automountServiceAccountToken", "carries the token of the service account default") if {
	pods.spec
	not pods.spec.automountServiceAccountToken == false
	account in {"", "default"}
	not kept
}

violation contains pods.of_pod(field, sprintf("%s %s", [field, problem])) if {
	some field, want in {"automountServiceAccountToken": "boolean", "serviceAccountName": "string", "serviceAccount": "string"}
	problem := types.misfit(pods.spec[field], want)
}

violation contains finding if some finding in pods.malformed

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
