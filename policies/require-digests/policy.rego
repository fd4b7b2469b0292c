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

violation contains {"msg": msg, "details": {"path": path, "container": container.name}} if {
	some container in pods.containers
	problem := wrong(object.get(container.spec, "image", null))
	path := concat(".", [container.path, "image"])
	msg := sprintf("container %q: %s", [container.name, problem])
}

violation contains {"msg": msg, "details": {"path": path, "container": ""}} if {
	some path, problem in pods.misfits
	msg := sprintf("%s %s", [path, problem])
}

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
