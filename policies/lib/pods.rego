# METADATA
# title: Pods of an object
# description: >-
#   Finds the pod specification inside a Pod or a workload, and its containers, each with its path in the object, so that
#   one policy judges a Deployment and the Pods made of it alike.
package lib.pods

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

# containers are those of all three lists: the container itself, its path, name and list.
containers contains {"path": where, "name": name(container), "list": list, "spec": container} if {
	some list in lists
	some i, container in object.get(spec, list, [])
	is_object(container)
	where := sprintf("%s.%s[%d]", [path, list, i])
}

# name is what messages call a container; a manifest may still lack it.
name(container) := container.name if {
	is_string(container.name)
} else := ""
