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

violation contains {"msg": msg, "details": {"path": path, "container": holder.name}} if {
	some holder in holders
	some resource in ["cpu", "memory"]
	path := sprintf("%s.resources.limits.%s", [holder.path, resource])
	msg := sprintf("%s: %s", [holder.title, problem(holder, resource)])
}

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	some field, problem in types.misfits(container.spec, shape)
	path := concat(".", [container.path, field])
	msg := sprintf("container %q: %s %s", [container.name, field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some field, problem in types.misfits(pods.spec, shape)
	path := concat(".", [pods.path, field])
	msg := sprintf("pod: %s %s", [field, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

shape := {["resources"]: "object", ["resources", "limits"]: "object"}

# A maximum that cannot be read would otherwise let everything pass.
violation contains {"msg": msg, "details": {"path": pods.path, "container": ""}} if {
	pods.spec
	some resource in ["cpu", "memory"]
	maximum := object.get(input, ["parameters", resource], "0")
	not quantities.parse(maximum)
	msg := sprintf("parameter %s of this policy: %v is no quantity", [resource, maximum])
}

# What can carry limits: the containers, and the Pod itself when it does.
holders contains {
	"title": sprintf("container %q", [container.name]),
	"name": container.name,
	"path": container.path,
	"limits": limits(container.spec),
	"require": object.get(input, ["parameters", "require"], []),
} if {
	some container in pods.containers
	container.list != "ephemeralContainers"
}

holders contains {"title": "pod", "name": "", "path": pods.path, "limits": limits(pods.spec), "require": []} if {
	pods.spec
}

limits(spec) := found if {
	found := object.get(spec, ["resources", "limits"], {})
	is_object(found)
} else := {}

problem(holder, resource) := sprintf("no %s limit", [resource]) if {
	resource in holder.require
	not has(holder.limits, resource)
	not has(pods.spec, ["resources", "limits", resource])
}

problem(holder, resource) := sprintf("%s limit %v is no quantity", [resource, limit]) if {
	limit := holder.limits[resource]
	limit != null
	not quantities.parse(limit)
}

problem(holder, resource) := sprintf("%s limit %v means no limit", [resource, limit]) if {
	limit := holder.limits[resource]
	quantities.parse(limit) == 0
}

problem(holder, resource) := sprintf("%s limit %v is above the maximum of %s", [resource, limit, maximum]) if {
	limit := holder.limits[resource]
	maximum := input.parameters[resource]
	quantities.parse(limit) > quantities.parse(maximum)
}

# A field with the value null is one that is not there.
has(object_, path) if object.get(object_, path, null) != null
