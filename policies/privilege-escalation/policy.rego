# METADATA
# scope: package
# title: Privilege escalation
# description: >-
#   No process in a container gains rights that its parent does not have, as programs with the set-user-ID bit do. The field
#   has to be false: what does not say so may. Pods of Windows do not have it. Control of the Pod Security Standard
#   restricted. In Otomi: a part of psp-privileged, which let containers pass that said nothing.
# custom:
#   id: privilege-escalation
#   severity: error
#   preset: restricted
#   kinds:
#     - apiGroups: [""]
#       kinds: [Pod, PodTemplate, ReplicationController]
#     - apiGroups: [apps]
#       kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]
#     - apiGroups: [batch]
#       kinds: [Job, CronJob]
#     - apiGroups: [serving.knative.dev]
#       kinds: [Service, Configuration]
#   fix: set securityContext.allowPrivilegeEscalation of the container to false
package privilege_escalation

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_container(list, i, "securityContext.allowPrivilegeEscalation", problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	is_object(container)
	not container.securityContext.allowPrivilegeEscalation == false
	not pods.windows
	problem := wrong(object.get(container, ["securityContext", "allowPrivilegeEscalation"], null))
}

violation contains finding if some finding in security.malformed

wrong(null) := "allowPrivilegeEscalation is not set to false"

wrong(value) := sprintf("allowPrivilegeEscalation %s", [types.misset(value)])
