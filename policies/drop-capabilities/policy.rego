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

violation contains pods.of_container(list, i, field, problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	not container.securityContext.capabilities == {"drop": ["ALL"]} # as most have it
	not pods.windows
	some [field, problem] in wrong(container)
}

violation contains finding if some finding in security.malformed

# What is wrong with a container, and at which of its fields.
wrong(container) := kept(container) | (added(container) | misfits(container))

kept(container) := {["securityContext.capabilities.drop", sprintf("does not drop the capability %s", [capability])] |
	some capability in required
	not dropped(container, capability)
}

added(container) := {[field, problem] |
	some field, problem in security.added(container.securityContext.capabilities, object.get(input, ["parameters", "allowed"], []))
}

misfits(container) := {["securityContext.capabilities.drop", sprintf("capabilities.drop %s", [problem])] |
	problem := types.misfit(container.securityContext.capabilities.drop, "array")
} | {[sprintf("securityContext.capabilities.drop[%v]", [i]), sprintf("a capability %s", [problem])] |
	some i, capability in container.securityContext.capabilities.drop
	problem := types.misfit(capability, "string")
}

dropped(container, capability) if {
	drop := container.securityContext.capabilities.drop
	is_array(drop)
	some word in ["ALL", capability]
	word in drop
}
