# METADATA
# scope: package
# title: Ports of the host
# description: >-
#   No container takes a port of its node: it is reached past every NetworkPolicy, and a second Pod that wants the port finds
#   no node. With hostNetwork every port of a container is one of the host. Control of the Pod Security Standard baseline.
# custom:
#   id: host-ports
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
#   parameters:
#     type: object
#     properties:
#       allowed:
#         type: array
#         description: Ports of the node that containers may take
#         items: {type: integer, minimum: 1, maximum: 65535}
#         default: []
#   fix: remove hostPort; publish the port with a Service or an Ingress
package host_ports

import data.lib.pods
import data.lib.types

violation contains pods.of_container(list, i, sprintf("ports[%v]%s", [k, below]), problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some k, port in container.ports
	some below, problem in wrong(port)
}

violation contains pods.of_container(list, i, "ports", sprintf("ports %s", [problem])) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := types.misfit(container.ports, "array")
}

violation contains finding if some finding in pods.malformed

# What is wrong with a port, by the field below it.
wrong(port) := {".hostPort": sprintf("takes port %v of the host", [port.hostPort])} if {
	is_number(port.hostPort)
	port.hostPort != 0 # the same as none
	not port.hostPort in object.get(input, ["parameters", "allowed"], [])
}

# On the cluster the port of the host is filled in.
wrong(port) := {".containerPort": sprintf("takes port %v of the host, as hostNetwork is true", [port.containerPort])} if {
	pods.spec.hostNetwork == true
	is_object(port)
	object.get(port, "hostPort", null) in {null, 0}
	not port.containerPort in object.get(input, ["parameters", "allowed"], [])
}

wrong(port) := {".hostPort": sprintf("hostPort %s", [types.misfit(port.hostPort, "number")])}

wrong(port) := {"": sprintf("a port %s", [types.misfit(port, "object")])}
