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

violation contains pods.of_container(list, i, field, problem) if {
	some list in ["initContainers", "containers"]
	some i, container in pods.spec[list]
	some resource in object.get(input, ["parameters", "require"], [])
	not plain(container, resource)
	problem := wrong(container, resource)
	field := concat(".", ["resources.requests", resource])
}

violation contains pods.of_container(list, i, field, problem) if {
	some list in ["initContainers", "containers"]
	some i, container in pods.spec[list]
	not shaped(container)
	some field, problem in misfits(container)
}

violation contains finding if some finding in pods.malformed

# plain is true of what nearly all containers have.
plain(container, resource) if quantities.positive(container.resources.requests[resource])

wrong(container, resource) := sprintf("no %s request", [resource]) if {
	is_object(container)
	not asked(container, "requests", resource)
	not asked(container, "limits", resource)
	not asked(pods.spec, "requests", resource)
	not asked(pods.spec, "limits", resource)
}

wrong(container, resource) := sprintf("%s request %v is no quantity", [resource, request]) if {
	request := container.resources.requests[resource]
	request != null
	not quantities.parse(request)
}

wrong(container, resource) := sprintf("%s request %v asks for nothing", [resource, request]) if {
	request := container.resources.requests[resource]
	quantities.parse(request) == 0
}

# Where only a limit is set, Kubernetes requests as much.
wrong(container, resource) := sprintf("%s limit %v asks for nothing", [resource, limit]) if {
	not asked(container, "requests", resource)
	limit := container.resources.limits[resource]
	quantities.parse(limit) == 0
}

# shaped is true of what nearly all containers have.
shaped(container) if {
	is_object(container.resources.limits)
	is_object(container.resources.requests)
}

misfits(container) := {"resources": sprintf("resources %s", [types.misfit(container.resources, "object")])}

misfits(container) := {field: sprintf("%s %s", [field, problem]) |
	some kind in ["requests", "limits"]
	problem := types.misfit(container.resources[kind], "object")
	field := concat(".", ["resources", kind])
} if {
	is_object(container.resources)
}

# A field with the value null is one that is not there.
asked(holder, kind, resource) if holder.resources[kind][resource] != null
