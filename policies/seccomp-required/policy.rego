# METADATA
# scope: package
# title: Seccomp profiles that are missing
# description: >-
#   Every container has a seccomp profile, its own or the Pod's: without one it may make every system call of the kernel that
#   it shares with the node. Pods of Windows have none. Control of the Pod Security Standard restricted; which profiles will
#   do is seccomp's to say.
# custom:
#   id: seccomp-required
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
#   fix: set securityContext.seccompProfile.type to RuntimeDefault, for the Pod or for every container
package seccomp_required

import data.lib.pods
import data.lib.security

violation contains pods.of_container(list, i, "securityContext.seccompProfile", "has no seccomp profile, and neither has the Pod") if {
	not has_profile(pods.spec)
	not pods.windows
	some list in pods.lists
	some i, container in pods.spec[list]
	not has_profile(container)
}

violation contains finding if some finding in security.malformed

has_profile(holder) if holder.securityContext.seccompProfile != null
