# METADATA
# scope: package
# title: Containers that are not root
# description: >-
#   Every container says that it does not run as root, itself or by its Pod, and the kubelet then refuses an image that would:
#   root in a container is root on the node as soon as anything else fails. Pods with a user namespace of their own (hostUsers
#   is false) may run as root. Control of the Pod Security Standard restricted, as of Kubernetes 1.35.
# custom:
#   id: run-as-non-root
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
#   fix: set securityContext.runAsNonRoot to true, for the Pod or for every container, and use an image with a user
package run_as_non_root

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_container(list, i, "securityContext.runAsNonRoot", "runAsNonRoot is not set to true, here or for the Pod") if {
	not pods.spec.securityContext.runAsNonRoot == true
	not pods.user_namespace
	some list in pods.lists
	some i, container in pods.spec[list]
	is_object(container)
	object.get(container, ["securityContext", "runAsNonRoot"], null) == null
}

violation contains pods.of_container(list, i, "securityContext.runAsNonRoot", problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := wrong(container.securityContext.runAsNonRoot)
	not pods.user_namespace
}

violation contains pods.of_pod("securityContext.runAsNonRoot", problem) if {
	problem := wrong(pods.spec.securityContext.runAsNonRoot)
	not pods.user_namespace
}

violation contains finding if some finding in security.malformed

wrong(false) := "runAsNonRoot is false"

wrong(value) := sprintf("runAsNonRoot %s", [types.misfit(value, "boolean")])
