# METADATA
# scope: package
# title: Mounts of /proc
# description: >-
#   Containers see /proc with the parts masked that tell about the node or change it. Pods with a user namespace of their own
#   (hostUsers is false) may see all of it: there root is nobody on the node. Control of the Pod Security Standard baseline,
#   as of Kubernetes 1.35; restricted has proc-mount-masked besides.
# custom:
#   id: proc-mount
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
#   fix: remove procMount, or set hostUsers to false for a Pod that makes containers itself
package proc_mount

import data.lib.pods
import data.lib.security

violation contains pods.of_container(list, i, "securityContext.procMount", problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	mount := container.securityContext.procMount
	not mount in {"Default", null}
	not pods.user_namespace
	problem := sprintf("procMount is %v, want Default", [mount])
}

violation contains finding if some finding in security.malformed
