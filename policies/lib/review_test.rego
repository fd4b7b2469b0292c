# METADATA
# title: Reviews for tests
# description: What Gatekeeper and the static check hand to a policy, made of a pod specification and parameters.
package lib.review_test

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
