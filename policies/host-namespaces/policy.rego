# METADATA
# scope: package
# title: Namespaces and ports of the host
# description: >-
#   No Pod shares the network, process or IPC namespace of its node or takes a port of it: there it sees and reaches what
#   is not its own, past every NetworkPolicy.
# custom:
#   id: host-namespaces
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
#       allowedHostPorts:
#         type: array
#         description: Ports of the node that containers may take
#         items: {type: integer, minimum: 1, maximum: 65535}
#         default: []
#   fix: remove the setting; publish ports with a Service or an Ingress
package host_namespaces

import data.lib.pods
import data.lib.types

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some setting in ["hostNetwork", "hostPID", "hostIPC"]
	pods.spec[setting] == true
	path := concat(".", [pods.path, setting])
	msg := sprintf("pod: %s is true", [setting])
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some i, port in object.get(container.spec, "ports", [])
	taken := port.hostPort
	is_number(taken)
	taken != 0 # the same as none
	not taken in object.get(input, ["parameters", "allowedHostPorts"], [])
	path := sprintf("%s.ports[%d].hostPort", [container.path, i])
	msg := sprintf("container %q: takes port %v of the host", [container.name, taken])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some field, problem in types.misfits(pods.spec, {[setting]: "boolean" | some setting in ["hostNetwork", "hostPID", "hostIPC"]})
	path := concat(".", [pods.path, field])
	msg := sprintf("pod: %s %s", [field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some field, problem in misfits(container.spec)
	path := concat(".", [container.path, field])
	msg := sprintf("container %q: %s %s", [container.name, field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

misfits(spec) := {"ports": types.misfit(object.get(spec, "ports", null), "array")}

misfits(spec) := {field: problem |
	some i, port in spec.ports
	some below, problem in port_misfits(port)
	field := sprintf("ports[%d]%s", [i, below])
} if {
	is_array(spec.ports)
}

port_misfits(port) := {"": types.misfit(port, "object")}

port_misfits(port) := {".hostPort": types.misfit(port.hostPort, "number")} if is_object(port)
