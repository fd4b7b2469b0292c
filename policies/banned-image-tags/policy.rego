# METADATA
# scope: package
# title: Image tags that move
# description: >-
#   An image is named by a tag that stays what it is, or by a digest. Without a tag the runtime takes latest, and a tag
#   that moves gives two Pods of one Deployment different programs and makes going back impossible.
# custom:
#   id: banned-image-tags
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
#       tags:
#         type: array
#         description: Tags that may not be used. A missing tag is refused whatever stands here.
#         items: {type: string}
#         default: [latest]
#   fix: name a released version (nginx:1.29.4) or a digest (nginx@sha256:...)
package banned_image_tags

import data.lib.images
import data.lib.pods

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	path := concat(".", [container.path, "image"])
	msg := sprintf("container %q: %s", [container.name, problem(object.get(container.spec, "image", null))])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

problem(reference) := images.unreadable(reference)

problem(reference) := sprintf("image %s has no tag", [reference]) if {
	image := images.parse(reference)
	image.tag == ""
	image.digest == ""
}

# A digest says what runs, whatever tag stands beside it.
problem(reference) := sprintf("image %s has the banned tag %s", [reference, image.tag]) if {
	image := images.parse(reference)
	image.digest == ""
	image.tag in object.get(input, ["parameters", "tags"], [])
	image.tag != ""
}
