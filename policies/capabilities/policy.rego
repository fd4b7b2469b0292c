# METADATA
# scope: package
# title: Capabilities that are added
# description: >-
#   A container adds no capability beyond those that container runtimes give anyway. Others reach past the container:
#   SYS_ADMIN amounts to root on the node, NET_RAW forges packets. Control of the Pod Security Standard baseline. In Otomi:
#   psp-capabilities (allowedCapabilities) and the part of psp-privileged about SYS_ADMIN.
# custom:
#   id: capabilities
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
#   parameters:
#     type: object
#     properties:
#       allowed:
#         type: array
#         description: Capabilities that may be added, as Kubernetes writes them (without CAP_); "*" for all
#         items: {type: string, minLength: 1}
#         default:
#           - AUDIT_WRITE
#           - CHOWN
#           - DAC_OVERRIDE
#           - FOWNER
#           - FSETID
#           - KILL
#           - MKNOD
#           - NET_BIND_SERVICE
#           - SETFCAP
#           - SETGID
#           - SETPCAP
#           - SETUID
#           - SYS_CHROOT
#   fix: remove the capability from capabilities.add, or add it to the policy's parameter allowed
package capabilities

import data.lib.pods
import data.lib.security

violation contains pods.of_container(list, i, field, problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some field, problem in security.added(container.securityContext.capabilities, object.get(input, ["parameters", "allowed"], []))
}

violation contains finding if some finding in security.malformed
