# METADATA
# scope: package
# title: SELinux options
# description: >-
#   No Pod leaves the SELinux types that are made for containers, nor sets the user or the role. Control of the Pod Security
#   Standard baseline. In Otomi: psp-selinux.
# custom:
#   id: selinux
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
#       allowedTypes:
#         type: array
#         description: SELinux types that may be set while user and role are not
#         items: {type: string, minLength: 1}
#         default: [container_t, container_init_t, container_kvm_t, container_engine_t]
#       allowed:
#         type: array
#         description: Whole contexts that may be set beside that; a field that an entry does not have must not be set
#         items:
#           type: object
#           additionalProperties: false
#           properties:
#             user: {type: string, description: The SELinux user}
#             role: {type: string, description: The SELinux role}
#             type: {type: string, description: The SELinux type}
#             level: {type: string, description: The SELinux level}
#         default: []
#   fix: remove user and role, and use the type container_t or none
package selinux

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_pod(sprintf("securityContext.seLinuxOptions%s", [below]), problem) if {
	some below, problem in wrong(pods.spec.securityContext.seLinuxOptions)
}

violation contains pods.of_container(list, i, sprintf("securityContext.seLinuxOptions%s", [below]), problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some below, problem in wrong(container.securityContext.seLinuxOptions)
}

violation contains finding if some finding in security.malformed

# What is wrong with options, by the field below them.
wrong(options) := {concat("", [".", field]): sprintf("the SELinux %s is %q, which is not allowed", [field, value]) |
	some field in ["user", "role", "type"]
	value := options[field]
	not value in {null, ""}
	not usual(field, value)
} if {
	is_object(options)
	not listed(options)
}

wrong(options) := {"": sprintf("seLinuxOptions %s", [types.misfit(options, "object")])}

usual("type", value) if value in object.get(input, ["parameters", "allowedTypes"], [])

listed(options) if {
	some entry in object.get(input, ["parameters", "allowed"], [])
	every field in ["user", "role", "type", "level"] {
		written(options, field) == written(entry, field)
	}
}

# Null, empty and missing are the same.
written(options, field) := value if {
	value := options[field]
	value != null
} else := ""
