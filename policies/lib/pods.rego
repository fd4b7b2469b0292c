# METADATA
# title: Pods of an object
# description: >-
#   Finds the pod specification inside a Pod or a workload, and its containers, each with its path in the object, so that
#   one policy judges a Deployment and the Pods made of it alike. Most objects violate nothing, so policies look at fields
#   where they are (`some list in pods.lists; some i, container in pods.spec[list]`), and paths and names are put together
#   only for a violation, by of_pod and of_container.
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

# steps lead to the pod specification.
steps := spec_paths[input.review.object.kind]

# path is the dotted path of the pod specification in the object.
path := concat(".", steps)

# spec is the pod specification; undefined for an object without one.
spec := found if {
	found := object.get(input.review.object, steps, null)
	is_object(found)
}

# metadata_steps lead to the metadata of the Pods that the object makes, or of the Pod that it is.
metadata_steps := array.concat(array.slice(steps, 0, count(steps) - 1), ["metadata"])

# annotations are those of the Pods; undefined where they have none.
annotations := found if {
	found := object.get(input.review.object, array.concat(metadata_steps, ["annotations"]), null)
	is_object(found)
}

# windows: the Pod runs on Windows, where some fields of Linux may not be set.
windows if spec.os.name == "windows"

# user_namespace: root in the containers is nobody on the node.
user_namespace if spec.hostUsers == false

# of_pod is a violation of the Pod's: field is the path from the specification.
of_pod(field, problem) := {
	"msg": sprintf("pod: %s", [problem]),
	"details": {"path": concat(".", [path, field]), "container": ""},
}

# of_container is a violation of the container at an index of a list: field is the path from the container.
of_container(list, i, field, problem) := {
	"msg": sprintf("container %q: %s", [called, problem]),
	"details": {"path": sprintf("%s.%s[%v].%s", [path, list, i, field]), "container": called},
} if {
	called := name(spec[list][i])
}

# malformed are violations for fields of a wrong type on the way to the containers: behind them a policy finds nothing.
malformed contains {"msg": sprintf("%s %s", [field, problem]), "details": {"path": field, "container": ""}} if {
	odd
	some field, problem in misfits
}

# odd: there may be misfits. Every policy asks this of every object, so it has to be cheap; null is odd too.
odd if not spec

odd if not is_array(spec.containers)

odd if not is_array(spec.initContainers)

odd if not is_array(spec.ephemeralContainers)

odd if {
	container := spec[lists[_]][_]
	not is_object(container)
}

# misfits are those fields, and what is wrong with each.
misfits[field] := problem if {
	not spec
	some field, problem in types.misfits(input.review.object, {array.slice(steps, 0, n): "object" | some n in numbers.range(1, count(steps))})
}

misfits[field] := problem if {
	some list in lists
	problem := types.misfit(spec[list], "array")
	field := concat(".", [path, list])
}

misfits[field] := problem if {
	some list in lists
	some i, container in spec[list]
	not is_object(container)
	is_array(spec[list])
	problem := types.misfit(container, "object")
	field := sprintf("%s.%s[%d]", [path, list, i])
}

# containers are those of all three lists: the container itself, its path, name and list.
containers contains {"path": where, "name": name(container), "list": list, "spec": container} if {
	some list in lists
	some i, container in spec[list]
	is_object(container)
	is_array(spec[list])
	where := sprintf("%s.%s[%d]", [path, list, i])
}

# name is what messages call a container; a manifest may still lack it.
name(container) := container.name if {
	is_string(container.name)
} else := ""
