# METADATA
# scope: package
# title: AppArmor profiles
# description: >-
#   No Pod turns off the AppArmor profile that the runtime gives every container, nor takes one that is not meant for
#   containers. Both the fields and the older annotations of the Pods count. Control of the Pod Security Standard baseline.
#   In Otomi: psp-apparmor.
# custom:
#   id: apparmor
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
#           Profiles that may be named: RuntimeDefault, or Localhost/ and a profile of the node; * at the end stands for
#           anything
#         items: {type: string, minLength: 1}
#         default: [RuntimeDefault, Localhost/*]
#   fix: remove the profile, or set its type to RuntimeDefault or Localhost
package apparmor

import data.lib.pods
import data.lib.security
import data.lib.types

prefix := "container.apparmor.security.beta.kubernetes.io/"

violation contains pods.of_pod(concat("", ["securityContext.appArmorProfile", below]), problem) if {
	some below, problem in wrong(pods.spec.securityContext.appArmorProfile)
}

violation contains pods.of_container(list, i, concat("", ["securityContext.appArmorProfile", below]), problem) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	some below, problem in wrong(container.securityContext.appArmorProfile)
}

violation contains {"msg": msg, "details": {"path": path, "container": name}} if {
	some key, value in pods.annotations
	startswith(key, prefix)
	name := trim_prefix(key, prefix)
	msg := sprintf("container %q: %s", [name, wrong_annotation(value)])
	path := sprintf("%s.annotations[%q]", [concat(".", pods.metadata_steps), key])
}

violation contains {"msg": sprintf("pod: annotations %s", [problem]), "details": {"path": path, "container": ""}} if {
	steps := array.concat(pods.metadata_steps, ["annotations"])
	problem := types.misfit(object.get(input.review.object, steps, null), "object")
	path := concat(".", steps)
}

violation contains finding if some finding in security.malformed

# What is wrong with a profile, by the field below it.
wrong(profile) := {".type": sprintf("the AppArmor profile is %q, which is not allowed", [security.profile(profile)])} if {
	is_object(profile)
	not security.matches(object.get(input, ["parameters", "allowed"], []), security.profile(profile))
}

wrong(profile) := {".localhostProfile": sprintf("localhostProfile %s", [types.misfit(profile.localhostProfile, "string")])} if {
	security.matches(object.get(input, ["parameters", "allowed"], []), security.profile(profile))
}

wrong(profile) := {"": sprintf("appArmorProfile %s", [types.misfit(profile, "object")])}

wrong_annotation(value) := sprintf("the AppArmor profile is %q, which is not allowed", [value]) if {
	is_string(value)
	value != ""
	not annotation_allowed(value)
}

wrong_annotation(value) := sprintf("the annotation %s", [types.misfit(value, "string")])

annotation_allowed(value) if security.matches(object.get(input, ["parameters", "allowed"], []), as_field(value))

# as_field is the annotation's word for a profile as the field has it.
as_field("runtime/default") := "RuntimeDefault"

as_field("unconfined") := "Unconfined"

as_field(value) := sprintf("Localhost/%s", [trim_prefix(value, "localhost/")]) if startswith(value, "localhost/")
