# METADATA
# scope: package
# title: Capabilities that are dropped
# description: >-
#   Every container drops all capabilities, and adds back only the one to listen on ports below 1024: most programs need
#   none, and what a container does not have nobody can use who breaks into it. Pods of Windows have no capabilities.
#   Control of the Pod Security Standard restricted. In Otomi: psp-capabilities (requiredDropCapabilities).
# custom:
#   id: drop-capabilities
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
#   parameters:
#     type: object
#     properties:
#       required:
#         type: array
#         description: Capabilities that every container drops; a container that drops ALL drops each of them
#         items: {type: string, minLength: 1}
#         default: [ALL]
#       allowed:
#         type: array
#         description: Capabilities that may be added beside that, as Kubernetes writes them (without CAP_); "*" for all
#         items: {type: string, minLength: 1}
#         default: [NET_BIND_SERVICE]
#   fix: set securityContext.capabilities.drop to [ALL], and add back no capability that the policy does not allow
package drop_capabilities

import data.lib.pods
import data.lib.security
import data.lib.types

required := object.get(input, ["parameters", "required"], ["ALL"])

violation contains pods.of_container(list, i, "securityContext.capabilities.drop", sprintf("does not drop the capability %s", [capability])) if {
	not pods.windows
	some list in pods.lists
	some i, container in pods.spec[list]
	some capability in required
	not dropped(container, capability)
}

violation contains pods.of_container(list, i, field, problem) if {
	not pods.windows
	some list in pods.lists
	some i, container in pods.spec[list]
	some field, problem in security.added(container.securityContext.capabilities, object.get(input, ["parameters", "allowed"], []))
}

violation contains pods.of_container(list, i, "securityContext.capabilities.drop", sprintf("capabilities.drop %s", [problem])) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := types.misfit(container.securityContext.capabilities.drop, "array")
}

violation contains pods.of_container(list, i, sprintf("securityContext.capabilities.drop[%v]", [k]), sprintf("a capability %s", [problem])) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some k, capability in container.securityContext.capabilities.drop
	problem := types.misfit(capability, "string")
}

violation contains finding if some finding in security.malformed

dropped(container, capability) if {
	drop := container.securityContext.capabilities.drop
	is_array(drop)
	some word in ["ALL", capability]
	word in drop
}
