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

violation contains pods.of_container(list, i, field, sprintf("no %s probe", [kind])) if {
	some kind in ["readiness", "liveness"]
	wanted := object.get(input, ["parameters", kind], "none")
	wanted != "none"
	some list in ["containers", "initContainers"]
	some i, container in pods.spec[list]
	needs(container, wanted)
	runs_on(container, list)
	field := concat("", [kind, "Probe"])
	not asks(container, field)
}

violation contains pods.of_container(list, i, field, sprintf("%s %s", [field, problem])) if {
	some list in ["containers", "initContainers"]
	some i, container in pods.spec[list]
	some field, want in {"ports": "array", "readinessProbe": "object", "livenessProbe": "object"}
	problem := types.misfit(container[field], want)
}

violation contains finding if some finding in pods.malformed

# An init container that is restarted always runs beside the others, and may have probes like them.
runs_on(_, "containers")

runs_on(container, "initContainers") if container.restartPolicy == "Always"

needs(_, "all")

needs(container, "ports") if {
	some _ in container.ports
	is_array(container.ports)
}

# A probe without a way to ask is none.
asks(container, field) if {
	some way in ["httpGet", "tcpSocket", "grpc", "exec"]
	container[field][way] != null
}
