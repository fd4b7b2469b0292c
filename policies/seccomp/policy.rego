# METADATA
# scope: package
# title: Seccomp profiles
# description: >-
#   No Pod turns off the filter of system calls, or names one that does not filter. That a profile is set at all is asked for
#   by seccomp-required. The alpha annotations of seccomp mean nothing since Kubernetes 1.27 and are not looked at. Control
#   of the Pod Security Standard baseline. In Otomi: psp-seccomp.
# custom:
#   id: seccomp
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
#       allowed:
#         type: array
#         description: >-
#           Profiles that may be named: RuntimeDefault, or Localhost/ and a file of the node; * at the end stands for
#           anything
#         items: {type: string, minLength: 1}
#         default: [RuntimeDefault, Localhost/*]
#   fix: set seccompProfile.type to RuntimeDefault, or to Localhost with a file of the node
package seccomp

import data.lib.pods
import data.lib.security
import data.lib.types

violation contains pods.of_pod(concat("", ["securityContext.seccompProfile", below]), problem) if {
	some below, problem in wrong(pods.spec.securityContext.seccompProfile)
}

violation contains pods.of_container(list, i, concat("", ["securityContext.seccompProfile", below]), problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some below, problem in wrong(container.securityContext.seccompProfile)
}

violation contains finding if some finding in security.malformed

# What is wrong with a profile, by the field below it.
wrong(profile) := {".type": sprintf("the seccomp profile is %q, which is not allowed", [security.profile(profile)])} if {
	is_object(profile)
	not security.matches(object.get(input, ["parameters", "allowed"], []), security.profile(profile))
}

wrong(profile) := {".localhostProfile": sprintf("localhostProfile %s", [types.misfit(profile.localhostProfile, "string")])} if {
	security.matches(object.get(input, ["parameters", "allowed"], []), security.profile(profile))
}

wrong(profile) := {"": sprintf("seccompProfile %s", [types.misfit(profile, "object")])}
