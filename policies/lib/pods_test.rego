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
