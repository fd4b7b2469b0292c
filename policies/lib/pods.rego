# METADATA
# title: Pods of an object
# description: >-
#   Finds the pod specification inside a Pod or a workload, and its containers, each with its path in the object, so that
#   one policy judges a Deployment and the Pods made of it alike.
package lib.pods

import data.lib.types

# Every kind that holds a pod specification, and where.
spec_paths := {
	"Pod": ["spec"],
	"PodTemplate": ["template", "spec"],
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
	"Deployment": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
	"DaemonSet": ["spec", "template", "spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"ReplicationController": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"Configuration": ["spec", "template", "spec"], # of Knative, as is Service; a core Service has no such path
	"Service": ["spec", "template", "spec"],
}

# The fields of a pod specification that list containers.
lists := ["initContainers", "containers", "ephemeralContainers"]

# path is the dotted path of the pod specification in the object.
path := concat(".", spec_paths[input.review.object.kind])

# spec is the pod specification; undefined for an object without one.
spec := found if {
	found := object.get(input.review.object, spec_paths[input.review.object.kind], null)
	is_object(found)
}

# misfits are the fields on the way to the containers that have a wrong type, and what is wrong with each: there a policy
# finds no containers to judge.
misfits[field] := problem if {
	steps := spec_paths[input.review.object.kind]
	some field, problem in types.misfits(input.review.object, {array.slice(steps, 0, n): "object" | some n in numbers.range(1, count(steps))})
}

misfits[field] := problem if {
	some list, problem in types.misfits(spec, {[list]: "array" | some list in lists})
	field := concat(".", [path, list])
}

misfits[field] := problem if {
	some list in lists
	is_array(spec[list])
	some i, container in spec[list]
	problem := types.misfit(container, "object")
	field := sprintf("%s.%s[%d]", [path, list, i])
}

# containers are those of all three lists: the container itself, its path, name and list.
containers contains {"path": where, "name": name(container), "list": list, "spec": container} if {
	some list in lists
	is_array(spec[list])
	some i, container in spec[list]
	is_object(container)
	where := sprintf("%s.%s[%d]", [path, list, i])
}

# name is what messages call a container; a manifest may still lack it.
name(container) := container.name if {
	is_string(container.name)
} else := ""
