package volume_types_test

import data.lib.review_test as make
import data.volume_types

defaults := {"allowed": ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"]}

judged(volume, parameters) := found if {
	found := volume_types.violation with input as make.deployment({"volumes": [object.union({"name": "v"}, volume)]}, parameters)
}

test_accepted if {
	every type in defaults.allowed {
		count(judged({type: {}}, defaults)) == 0
	}
	count(judged({}, defaults)) == 0
	count(judged({"nfs": null, "secret": {}}, defaults)) == 0
	count(judged({"hostPath": {"path": "/"}}, {"allowed": ["hostPath"]})) == 0
}

test_refused if {
	judged({"nfs": {"server": "x"}}, defaults) == {{
		"msg": "pod: volume v has the type nfs",
		"details": {"container": "", "path": "spec.template.spec.volumes[0].nfs"},
	}}
	every type in ["hostPath", "gitRepo", "iscsi", "flexVolume", "awsElasticBlockStore", "another"] {
		make.messages(judged({type: {}}, defaults)) == {sprintf("pod: volume v has the type %s", [type])}
	}
	count(judged({"secret": {}}, {})) == 1
}

test_no_type_is_an_empty_dir if {
	judged({}, {"allowed": ["secret"]}) == {{
		"msg": "pod: volume v has no type, which makes it an emptyDir",
		"details": {"container": "", "path": "spec.template.spec.volumes[0]"},
	}}
}

test_wrong_types if {
	found := volume_types.violation with input as make.pod({"volumes": {"a": {}}}, defaults)
	"pod: volumes is a map, want a list" in make.messages(found)
	one := volume_types.violation with input as make.pod({"volumes": ["x"]}, defaults)
	make.messages(one) == {"pod: a volume is a string, want a map"}
	list := volume_types.violation with input as make.pod({"volumes": [["x"]]}, defaults)
	make.messages(list) == {"pod: a volume is a list, want a map"}
}

test_malformed if {
	found := volume_types.violation with input as make.pod({"containers": 5}, {})
	make.messages(found) == {"spec.containers is a number, want a list"}
}
