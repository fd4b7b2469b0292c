# METADATA
# scope: package
# title: Privileged containers
# description: >-
#   No container runs privileged, may raise its privileges, adds a capability that amounts to it, or is a host process of
#   Windows: each of them is root on the node.
# custom:
#   id: privileged
#   severity: error
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
#       capabilities:
#         type: array
#         description: Capabilities that may not be added; with or without the prefix CAP_
#         items: {type: string, minLength: 1}
#         default: [ALL, SYS_ADMIN]
#   fix: remove the setting; give the container the one capability it needs instead
package privileged

import data.lib.pods
import data.lib.types

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some setting in [["privileged"], ["allowPrivilegeEscalation"], ["windowsOptions", "hostProcess"]]
	object.get(container.spec, array.concat(["securityContext"], setting), false) == true
	path := sprintf("%s.securityContext.%s", [container.path, concat(".", setting)])
	msg := sprintf("container %q: %s is true", [container.name, concat(".", setting)])
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some i, added in object.get(container.spec, ["securityContext", "capabilities", "add"], [])
	is_string(added)
	normal(added) in {normal(c) | some c in object.get(input, ["parameters", "capabilities"], [])}
	path := sprintf("%s.securityContext.capabilities.add[%d]", [container.path, i])
	msg := sprintf("container %q: adds the capability %s", [container.name, added])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	pods.spec.securityContext.windowsOptions.hostProcess == true
	path := concat(".", [pods.path, "securityContext.windowsOptions.hostProcess"])
	msg := "pod: windowsOptions.hostProcess is true"
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some field, problem in misfits(container.spec)
	path := concat(".", [container.path, field])
	msg := sprintf("container %q: %s %s", [container.name, field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some field, problem in types.misfits(pods.spec, host_process)
	path := concat(".", [pods.path, field])
	msg := sprintf("pod: %s %s", [field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

misfits(spec) := object.union(types.misfits(spec, shape), {field: problem |
	some i, added in object.get(spec, ["securityContext", "capabilities", "add"], [])
	problem := types.misfit(added, "string")
	field := sprintf("securityContext.capabilities.add[%v]", [i])
})

host_process := {
	["securityContext"]: "object",
	["securityContext", "windowsOptions"]: "object",
	["securityContext", "windowsOptions", "hostProcess"]: "boolean",
}

shape := object.union(host_process, {
	["securityContext", "privileged"]: "boolean",
	["securityContext", "allowPrivilegeEscalation"]: "boolean",
	["securityContext", "capabilities"]: "object",
	["securityContext", "capabilities", "add"]: "array",
})

# Container runtimes read both spellings.
normal(capability) := trim_prefix(upper(capability), "CAP_")
