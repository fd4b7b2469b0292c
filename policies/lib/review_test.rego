# METADATA
# title: Reviews for tests
# description: What Gatekeeper and the static check hand to a policy, made of a pod specification and parameters.
package lib.review_test

import data.lib.pods

review(object_, parameters) := {
	"review": {"object": object_, "kind": {"kind": object_.kind}},
	"parameters": parameters,
}

pod(spec, parameters) := review({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}, parameters)

deployment(spec, parameters) := workload("Deployment", spec, parameters)

workload(kind, spec, parameters) := review(
	{"kind": kind, "metadata": {"name": "w"}, "spec": {"template": {"spec": spec}}},
	parameters,
)

cronjob(spec, parameters) := review(
	{"kind": "CronJob", "metadata": {"name": "c"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}},
	parameters,
)

paths(violations) := {v.details.path | some v in violations}

messages(violations) := {v.msg | some v in violations}

# container is a Deployment with one container, called a.
container(fields, parameters) := deployment({"containers": [object.union({"name": "a"}, fields)]}, parameters)

# context is a Deployment with one container that has a security context.
context(fields, parameters) := container({"securityContext": fields}, parameters)

# everywhere is a Pod with a container in each of its lists, and paths_everywhere is a field of them.
everywhere(fields, parameters) := pod({list: [fields] | some list in pods.lists}, parameters)

paths_everywhere(field) := {sprintf("spec.%s[0].%s", [list, field]) | some list in pods.lists}
