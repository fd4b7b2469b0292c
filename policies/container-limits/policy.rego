# METADATA
# scope: package
# title: Limits of containers
# description: >-
#   Every container has a limit for CPU and memory, and none above the maximum, so that no container takes a node from the
#   others. Limits of the Pod (spec.resources) count for containers without their own. Ephemeral containers are left out:
#   Kubernetes allows them no resources.
# custom:
#   id: container-limits
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
#       cpu:
#         type: string
#         description: The highest CPU limit, as 500m or "2"
#         default: "4"
#       memory:
#         type: string
#         description: The highest memory limit, as 512Mi
#         default: 8Gi
#       require:
#         type: array
#         description: The resources that need a limit; one that has a limit is held to the maximum either way
#         items: {type: string, enum: [cpu, memory]}
#         default: [cpu, memory]
#   fix: set resources.limits of the container, not above the policy's parameters cpu and memory
package container_limits

import data.lib.pods
import data.lib.quantities
import data.lib.types

violation contains pods.of_container(list, i, field, problem) if {
	some resource in ["cpu", "memory"]
	some list in ["initContainers", "containers"]
	some i, container in pods.spec[list]
	not plain(container, resource)
	problem := wrong(container, resource)
	field := concat(".", ["resources.limits", resource])
}

# Limits of the Pod itself are held to the maximum too.
violation contains pods.of_pod(field, problem) if {
	some resource, limit in pods.spec.resources.limits
	resource in ["cpu", "memory"]
	problem := excessive(limit, resource)
	field := concat(".", ["resources.limits", resource])
}

violation contains pods.of_container(list, i, field, problem) if {
	some list in ["initContainers", "containers"]
	some i, container in pods.spec[list]
	not shaped(container)
	some field, problem in misfits(container)
}

violation contains pods.of_pod(field, problem) if some field, problem in misfits(pods.spec)

violation contains finding if some finding in pods.malformed

# A maximum that cannot be read would otherwise let everything pass.
violation contains {"msg": msg, "details": {"path": pods.path, "container": ""}} if {
	some resource in ["cpu", "memory"]
	maximum := input.parameters[resource]
	not quantities.parse(maximum)
	pods.spec
	msg := sprintf("parameter %s of this policy: %v is no quantity", [resource, maximum])
}

maximum[resource] := quantities.parse(input.parameters[resource]) if some resource in ["cpu", "memory"]

# plain is true of what nearly all containers have.
plain(container, resource) if {
	limit := container.resources.limits[resource]
	quantities.positive(limit)
	quantities.parse(limit) <= maximum[resource]
}

wrong(container, resource) := sprintf("no %s limit", [resource]) if {
	resource in object.get(input, ["parameters", "require"], [])
	is_object(container)
	not has(container, resource)
	not has(pods.spec, resource)
}

wrong(container, resource) := excessive(container.resources.limits[resource], resource)

excessive(limit, resource) := sprintf("%s limit %v is no quantity", [resource, limit]) if {
	limit != null
	not quantities.parse(limit)
}

excessive(limit, resource) := sprintf("%s limit %v means no limit", [resource, limit]) if quantities.parse(limit) == 0

excessive(limit, resource) := sprintf("%s limit %v is above the maximum of %s", [resource, limit, input.parameters[resource]]) if {
	quantities.parse(limit) > maximum[resource]
}

# shaped is true of what nearly all containers have.
shaped(container) if is_object(container.resources.limits)

misfits(holder) := {"resources": sprintf("resources %s", [types.misfit(holder.resources, "object")])}

misfits(holder) := {"resources.limits": sprintf("resources.limits %s", [types.misfit(holder.resources.limits, "object")])}

# A field with the value null is one that is not there.
has(holder, resource) if holder.resources.limits[resource] != null
