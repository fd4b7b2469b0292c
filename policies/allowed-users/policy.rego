# METADATA
# scope: package
# title: Users and groups of containers
# description: >-
#   Containers run as the users and groups that the installation sets aside for them, so that files on shared volumes belong
#   to whom they should. Nothing is asked for until a parameter says so. In Otomi: psp-allowed-users; its rule MustRunAs is
#   ranges and required here, MayRunAs ranges alone, RunAsAny neither, and MustRunAsNonRoot is run-as-non-root.
# custom:
#   id: allowed-users
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
#       runAsUser: &ids
#         type: object
#         description: What users containers may run as, by themselves or by their Pod
#         additionalProperties: false
#         properties:
#           required:
#             type: boolean
#             description: Whether one has to be set; Pods of Windows have none
#             default: false
#           ranges:
#             type: array
#             description: Numbers that may be set; an empty list allows every number
#             items:
#               type: object
#               required: [min, max]
#               additionalProperties: false
#               properties:
#                 min: {type: integer, minimum: 0, description: The first number}
#                 max: {type: integer, minimum: 0, description: The last number}
#             default: []
#         default: {}
#       runAsGroup:
#         <<: *ids
#         description: What groups containers may run as, by themselves or by their Pod
#       fsGroup:
#         <<: *ids
#         description: What group the Pod's volumes may belong to
#       supplementalGroups:
#         <<: *ids
#         description: What further groups the Pod may have
#   fix: set the number in securityContext to one of the policy's ranges
package allowed_users

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_container(list, i, field, problem) if {
	some key in ["runAsUser", "runAsGroup"]
	rule := input.parameters[key]
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := wrong(container.securityContext[key], rule, key)
	field := concat(".", ["securityContext", key])
}

violation contains pods.of_container(list, i, field, problem) if {
	some key in ["runAsUser", "runAsGroup"]
	input.parameters[key].required == true
	not pods.windows
	not has(pods.spec, key)
	some list in pods.lists
	some i, container in pods.spec[list]
	is_object(container)
	not has(container, key)
	field := concat(".", ["securityContext", key])
	problem := sprintf("%s is not set, here or for the Pod", [key])
}

violation contains pods.of_pod(field, problem) if {
	some key in ["runAsUser", "runAsGroup", "fsGroup"]
	problem := wrong(pods.spec.securityContext[key], input.parameters[key], key)
	field := concat(".", ["securityContext", key])
}

violation contains pods.of_pod(field, problem) if {
	rule := input.parameters.supplementalGroups
	some i, group in pods.spec.securityContext.supplementalGroups
	problem := wrong(group, rule, "supplementalGroups")
	field := sprintf("securityContext.supplementalGroups[%v]", [i])
}

violation contains pods.of_pod(concat(".", ["securityContext", key]), sprintf("%s is not set", [key])) if {
	some key in ["fsGroup", "supplementalGroups"]
	input.parameters[key].required == true
	not pods.windows
	not has(pods.spec, key)
}

violation contains pods.of_pod("securityContext.supplementalGroups", sprintf("supplementalGroups %s", [problem])) if {
	problem := types.misfit(pods.spec.securityContext.supplementalGroups, "array")
}

violation contains finding if some finding in security.malformed

has(holder, key) if not object.get(holder, ["securityContext", key], null) in {null, []}

wrong(id, rule, key) := sprintf("%s is %v, which is in none of the policy's ranges", [key, id]) if {
	id != null
	count(rule.ranges) > 0
	not within(id, rule.ranges)
}

within(id, ranges) if {
	some range in ranges
	id >= range.min
	id <= range.max
}
