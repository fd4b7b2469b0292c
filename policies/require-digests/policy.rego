# METADATA
# scope: package
# title: Images by digest
# description: >-
#   An image is named by its digest, so that what was tested is what runs: a tag can be moved by whoever may push to the
#   registry, a digest cannot. A tag may stand beside it, for people to read. For platforms whose pipeline writes digests.
# custom:
#   id: require-digests
#   severity: error
#   preset: none
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
#       except:
#         type: array
#         description: >-
#           Registries (ghcr.io), paths in one (ghcr.io/acme) and Docker Hub repositories (docker.io/acme, nginx) whose
#           images may be named by a tag
#         items: {type: string, minLength: 1}
#         default: []
#   fix: add the digest to the image, as nginx:1.29.4@sha256:...; `crane digest IMAGE` or the registry's page tells it
package require_digests

import data.lib.images
import data.lib.pods

violation contains pods.of_container(list, i, "image", problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	is_object(container)
	image := object.get(container, "image", null)
	not images.digested(image)
	problem := wrong(image)
}

violation contains finding if some finding in pods.malformed

wrong(reference) := images.unreadable(reference)

wrong(reference) := sprintf("image %s has no digest", [reference]) if {
	image := images.parse(reference)
	image.digest == ""
	not excepted(image)
}

excepted(image) if {
	some place in object.get(input, ["parameters", "except"], [])
	images.within(image.repository, place)
}
