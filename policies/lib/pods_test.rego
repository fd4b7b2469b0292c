package lib.pods_test

import data.lib.pods
import data.lib.review_test as make

spec := {
	"initContainers": [{"name": "first"}],
	"containers": [{"name": "a"}, {"image": "nameless"}],
	"ephemeralContainers": [{"name": "debug"}],
}

names(at) := {
	[concat("", [at, ".initContainers[0]"]), "first", "initContainers"],
	[concat("", [at, ".containers[0]"]), "a", "containers"],
	[concat("", [at, ".containers[1]"]), "", "containers"],
	[concat("", [at, ".ephemeralContainers[0]"]), "debug", "ephemeralContainers"],
}

found := {[c.path, c.name, c.list] | some c in pods.containers}

test_pod if {
	found == names("spec") with input as make.pod(spec, {})
}

test_workloads if {
	every kind in [
		"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet",
		"ReplicationController", "Job", "Service", "Configuration",
	] {
		found == names("spec.template.spec") with input as make.workload(kind, spec, {})
	}
}

test_cronjob if {
	found == names("spec.jobTemplate.spec.template.spec") with input as make.cronjob(spec, {})
}

test_pod_template if {
	object_ := {"kind": "PodTemplate", "template": {"spec": spec}}
	found == names("template.spec") with input as make.review(object_, {})
}

test_what_holds_no_pod if {
	service := {"kind": "Service", "spec": {"ports": [{"port": 80}], "containers": [{"name": "a"}]}}
	count(found) == 0 with input as make.review(service, {})
	not pods.spec with input as make.review(service, {})
	count(found) == 0 with input as make.review({"kind": "ConfigMap", "data": {}}, {})
	count(found) == 0 with input as make.review({"kind": "Deployment"}, {})
	count(found) == 0 with input as make.review({"kind": "Deployment", "spec": {"template": {"spec": null}}}, {})
}

test_lists_that_are_null if {
	count(found) == 0 with input as make.pod({"containers": null, "initContainers": [null]}, {})
}

test_annotations_of_the_pods if {
	annotated := {"metadata": {"annotations": {"a": "b"}}, "spec": {}}
	every object_ in [
		object.union({"kind": "Pod"}, annotated),
		{"kind": "Deployment", "metadata": {"annotations": {"of": "it"}}, "spec": {"template": annotated}},
		{"kind": "CronJob", "spec": {"jobTemplate": {"metadata": {"annotations": {"of": "jobs"}}, "spec": {"template": annotated}}}},
		{"kind": "PodTemplate", "metadata": {"annotations": {"of": "it"}}, "template": annotated},
	] {
		pods.annotations == {"a": "b"} with input as make.review(object_, {})
	}
	not pods.annotations with input as make.pod({}, {})
}

test_windows_and_user_namespaces if {
	pods.windows with input as make.deployment({"os": {"name": "windows"}}, {})
	not pods.windows with input as make.deployment({"os": {"name": "linux"}}, {})
	not pods.windows with input as make.deployment({}, {})
	pods.user_namespace with input as make.deployment({"hostUsers": false}, {})
	every users in [true, null, "false"] {
		not pods.user_namespace with input as make.deployment({"hostUsers": users}, {})
	}
}

test_violations if {
	made := pods.of_container("containers", 1, "image", "is wrong") with input as make.cronjob(spec, {})
	made == {
		"msg": `container "": is wrong`,
		"details": {"path": "spec.jobTemplate.spec.template.spec.containers[1].image", "container": ""},
	}
	pod := pods.of_pod("hostPID", "is wrong") with input as make.pod(spec, {})
	pod == {"msg": "pod: is wrong", "details": {"path": "spec.hostPID", "container": ""}}
}

# What is odd is looked at closely, and an ordinary Pod is not.
test_odd if {
	not pods.odd with input as make.deployment(spec, {})
	not pods.odd with input as make.pod({}, {})
	every found in [{"containers": {}}, {"initContainers": "x"}, {"ephemeralContainers": 5}, {"containers": ["x"]}] {
		pods.odd with input as make.pod(found, {})
		count(pods.malformed) == 1 with input as make.pod(found, {})
	}
}
