# METADATA
# scope: package
# title: Mounts of /proc in user namespaces
# description: >-
#   Containers see /proc with the parts masked that tell about the node or change it, those of Pods with a user namespace of
#   their own too. Control of the Pod Security Standard restricted, since Kubernetes 1.35.
# custom:
#   id: proc-mount-masked
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
#   fix: remove procMount
package proc_mount_masked

import data.lib.pods
import data.lib.security

violation contains pods.of_container(list, i, "securityContext.procMount", problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	mount := container.securityContext.procMount
	not mount in {"Default", null}
	problem := sprintf("procMount is %v, want Default", [mount])
}

violation contains finding if some finding in security.malformed
