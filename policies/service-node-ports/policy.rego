# METADATA
# scope: package
# title: Services on ports of nodes
# description: >-
#   A Service of type NodePort opens a port on every node, where what an Ingress does, TLS, limits and logs, and the rules
#   of the load balancer do not reach it.
# custom:
#   id: service-node-ports
#   severity: error
#   preset: restricted
#   kinds:
#     - apiGroups: [""]
#       kinds: [Service]
#   parameters:
#     type: object
#     properties:
#       allowedPorts:
#         type: array
#         description: Ports of nodes that Services may take, each named in the Service
#         items: {type: integer, minimum: 1, maximum: 65535}
#         default: []
#   fix: leave spec.type out and publish the Service with an Ingress
package service_node_ports

import data.lib.types

violation contains {"msg": msg, "details": {"path": "spec.type"}} if {
	input.review.object.spec.type == "NodePort"
	some port in object.get(input.review.object, ["spec", "ports"], [])
	not allowed(port)
	msg := "the Service takes a port of every node"
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some field, want in {"type": "string", "ports": "array"}
	problem := types.misfit(input.review.object.spec[field], want)
	path := concat(".", ["spec", field])
	msg := sprintf("%s %s", [path, problem])
}

allowed(port) if port.nodePort in object.get(input, ["parameters", "allowedPorts"], [])
