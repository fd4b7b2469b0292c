# METADATA
# scope: package
# title: Requests of containers
# description: >-
#   Every container says how much CPU and memory it needs, so that the scheduler gives it a node that has them and the
#   kubelet knows whom to evict last. A limit counts as a request, as it does for Kubernetes, and so do requests of the Pod
#   (spec.resources). Ephemeral containers are left out: Kubernetes allows them no resources.
# custom:
#   id: container-requests
#   severity: warning
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
#       require:
#         type: array
#         description: The resources that need a request
#         items: {type: string, enum: [cpu, memory]}
#         default: [cpu, memory]
#   fix: set resources.requests of the container to what it uses in ordinary work
package container_requests

import data.lib.pods
import data.lib.quantities
import data.lib.types

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	container.list != "ephemeralContainers"
	some resource in ["cpu", "memory"]
	problem := wrong(container.spec, resource)
	path := sprintf("%s.resources.requests.%s", [container.path, resource])
	msg := sprintf("container %q: %s", [container.name, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some field, problem in types.misfits(container.spec, shape)
	path := concat(".", [container.path, field])
	msg := sprintf("container %q: %s %s", [container.name, field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

shape := {["resources"]: "object", ["resources", "requests"]: "object", ["resources", "limits"]: "object"}

wrong(container, resource) := sprintf("no %s request", [resource]) if {
	resource in object.get(input, ["parameters", "require"], [])
	not says(container, "requests", resource)
	not says(container, "limits", resource)
	not says(pods.spec, "requests", resource)
	not says(pods.spec, "limits", resource)
}

wrong(container, resource) := sprintf("%s request %v is no quantity", [resource, request]) if {
	request := container.resources.requests[resource]
	request != null
	not quantities.parse(request)
}

wrong(container, resource) := sprintf("%s request %v asks for nothing", [resource, request]) if {
	request := container.resources.requests[resource]
	quantities.parse(request) == 0
	resource in object.get(input, ["parameters", "require"], [])
}

# Where only a limit is set, Kubernetes requests as much.
wrong(container, resource) := sprintf("%s limit %v asks for nothing", [resource, limit]) if {
	not says(container, "requests", resource)
	limit := container.resources.limits[resource]
	quantities.parse(limit) == 0
	resource in object.get(input, ["parameters", "require"], [])
}

wrong(container, resource) := sprintf("%s request %v is above the limit of %v", [resource, request, limit]) if {
	request := container.resources.requests[resource]
	limit := container.resources.limits[resource]
	quantities.parse(request) > quantities.parse(limit)
}

# A field with the value null is one that is not there.
says(holder, kind, resource) if object.get(holder, ["resources", kind, resource], null) != null
