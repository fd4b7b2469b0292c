# METADATA
# scope: package
# title: Probes of containers
# description: >-
#   A container that others connect to says when it can serve. Without a readiness probe it gets requests from the moment it
#   starts, and a rollout goes on while its new Pods still fail. A liveness probe is asked for only where the parameter says
#   so: one that is too strict restarts what only has much to do. Jobs and Pods that no controller replaces are left alone.
# custom:
#   id: container-probes
#   severity: warning
#   preset: baseline
#   kinds:
#     - apiGroups: [apps]
#       kinds: [Deployment, StatefulSet, DaemonSet]
#   parameters:
#     type: object
#     properties:
#       readiness:
#         type: string
#         description: Which containers need a readiness probe, those that name ports, all or none
#         enum: [ports, all, none]
#         default: ports
#       liveness:
#         type: string
#         description: Which containers need a liveness probe, those that name ports, all or none
#         enum: [ports, all, none]
#         default: none
#   fix: >-
#     give the container a readinessProbe that asks what its clients ask; a livenessProbe, where wanted, asks less and waits
#     longer
package container_probes

import data.lib.pods
import data.lib.types

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	runs_on(container)
	some kind in ["readiness", "liveness"]
	needs(container.spec, object.get(input, ["parameters", kind], "none"))
	field := concat("", [kind, "Probe"])
	not asks(object.get(container.spec, field, null))
	path := concat(".", [container.path, field])
	msg := sprintf("container %q: no %s probe", [container.name, kind])
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some field, problem in types.misfits(container.spec, {["ports"]: "array", ["readinessProbe"]: "object", ["livenessProbe"]: "object"})
	path := concat(".", [container.path, field])
	msg := sprintf("container %q: %s %s", [container.name, field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

# An init container that is restarted always runs beside the others, and may have probes like them.
runs_on(container) if container.list == "containers"

runs_on(container) if {
	container.list == "initContainers"
	container.spec.restartPolicy == "Always"
}

needs(_, "all")

needs(container, "ports") if {
	is_array(container.ports)
	count(container.ports) > 0
}

# A probe without a way to ask is none.
asks(probe) if {
	is_object(probe)
	some way in ["httpGet", "tcpSocket", "grpc", "exec"]
	object.get(probe, way, null) != null
}
