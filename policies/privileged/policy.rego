# METADATA
# scope: package
# title: Privileged containers
# description: >-
#   A privileged container is root on the node: it sees all devices, and nothing that separates containers applies to it.
#   Control of the Pod Security Standard baseline. In Otomi: psp-privileged, whose other checks are now capabilities and
#   privilege-escalation.
# custom:
#   id: privileged
#   severity: error
#   preset: baseline
#   kinds:
#     - apiGroups: [""]
#       kinds: [Pod, PodTemplate, ReplicationController]
#     - apiGroups: [apps]
#       kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]
#     - apiGroups: [batch]
#       kinds: [Job, CronJob]
#     - apiGroups: [serving.knative.dev]
#       kinds: [Service, Configuration]
#   fix: remove privileged; give the container the capability, device plugin or volume that it needs instead
package privileged

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_container(list, i, "securityContext.privileged", sprintf("privileged %s", [problem])) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := types.misset(container.securityContext.privileged)
}

violation contains finding if some finding in security.malformed
