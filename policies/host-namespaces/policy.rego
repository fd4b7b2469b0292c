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

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some setting in ["hostNetwork", "hostPID", "hostIPC"]
	pods.spec[setting] == true
	path := concat(".", [pods.path, setting])
	msg := sprintf("pod: %s is true", [setting])
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some i, port in object.get(container.spec, "ports", [])
	taken := object.get(port, "hostPort", 0)
	taken != 0 # the same as none
	not taken in object.get(input, ["parameters", "allowedHostPorts"], [])
	path := sprintf("%s.ports[%d].hostPort", [container.path, i])
	msg := sprintf("container %q: takes port %v of the host", [container.name, taken])
}
