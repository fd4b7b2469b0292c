# METADATA
# scope: package
# title: Repositories that images may come from
# description: >-
#   Images come from repositories the installation trusts. A repository is allowed with everything below it, up to a
#   slash: registry.acme.io/team allows registry.acme.io/team/web and not registry.acme.io/team-evil/web. Short names are
#   Docker Hub's, as the runtime takes them: nginx is docker.io/library/nginx. In Otomi: psp-allowed-repos.
# custom:
#   id: allowed-repos
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
#       repos:
#         type: array
#         description: >-
#           Registries (ghcr.io), paths in one (ghcr.io/acme) and Docker Hub repositories (docker.io/acme, nginx). An
#           empty list allows every repository.
#         items: {type: string, minLength: 1}
#         default: []
#   fix: use an image from an allowed repository, or add its repository to the policy's parameter repos
package allowed_repos

import data.lib.images
import data.lib.pods

repos := object.get(input, ["parameters", "repos"], [])

violation contains pods.of_container(list, i, "image", problem) if {
	some _ in repos
	some list in pods.lists
	some i, container in pods.spec[list]
	is_object(container)
	problem := wrong(object.get(container, "image", null))
}

violation contains finding if {
	some _ in repos
	some finding in pods.malformed
}

wrong(reference) := images.unreadable(reference)

wrong(reference) := sprintf("image %q is not from an allowed repository (%s)", [reference, concat(", ", repos)]) if {
	image := images.parse(reference)
	not allowed(image)
}

allowed(image) if {
	some repo in repos
	images.within(image.repository, repo)
}
