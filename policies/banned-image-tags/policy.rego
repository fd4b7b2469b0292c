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

violation contains pods.of_container(list, i, "image", problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	is_object(container)
	image := object.get(container, "image", null)
	not released(image)
	problem := wrong(image)
}

violation contains finding if some finding in pods.malformed

banned := object.get(input, ["parameters", "tags"], [])

# released is true of what nearly all images are: a name, a tag that is not banned, and nothing else.
released(image) if {
	is_string(image)
	regex.match(`^[^\s@]+:[^\s@:/]+$`, image)
	parts := split(image, ":")
	not parts[count(parts) - 1] in banned
}

wrong(reference) := images.unreadable(reference)

wrong(reference) := sprintf("image %s has no tag", [reference]) if {
	image := images.parse(reference)
	image.tag == ""
	image.digest == ""
}

# A digest says what runs, whatever tag stands beside it.
wrong(reference) := sprintf("image %s has the banned tag %s", [reference, image.tag]) if {
	image := images.parse(reference)
	image.digest == ""
	image.tag in banned
	image.tag != ""
}
