# METADATA
# scope: package
# title: Namespaces of the host
# description: >-
#   No Pod shares the network, process or IPC namespace of its node: there it sees and reaches what is not its own, past
#   every NetworkPolicy. Control of the Pod Security Standard baseline. In Otomi: psp-host-networking-ports and
#   psp-host-security, whose other checks are now host-ports and host-aliases.
# custom:
#   id: host-namespaces
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
#   fix: remove the setting; publish ports with a Service or an Ingress
package host_namespaces

import data.lib.pods
import data.lib.types

violation contains pods.of_pod(field, sprintf("%s %s", [field, problem])) if {
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	problem := types.misset(pods.spec[field])
}

violation contains finding if some finding in pods.malformed
