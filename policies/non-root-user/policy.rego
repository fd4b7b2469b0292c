# METADATA
# scope: package
# title: Users that are not root
# description: >-
#   No Pod and no container names the user 0. Pods with a user namespace of their own (hostUsers is false) may. Control of the
#   Pod Security Standard restricted, as of Kubernetes 1.35.
# custom:
#   id: non-root-user
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
#   fix: remove runAsUser, or set it to a user that is not 0
package non_root_user

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_container(list, i, "securityContext.runAsUser", problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := wrong(container.securityContext.runAsUser)
	not pods.user_namespace
}

violation contains pods.of_pod("securityContext.runAsUser", problem) if {
	problem := wrong(pods.spec.securityContext.runAsUser)
	not pods.user_namespace
}

violation contains finding if some finding in security.malformed

wrong(0) := "runAsUser is 0, which is root"

wrong(value) := sprintf("runAsUser %s", [types.misfit(value, "number")])
