package host_path_volumes_test

import data.host_path_volumes
import data.lib.review_test as make

judged(volume, allowed) := found if {
	found := host_path_volumes.violation with input as make.deployment({"volumes": [{"name": "v"}, object.union({"name": "h"}, volume)]}, {"allowed": allowed})
}

folder(path) := {"hostPath": {"path": path}}

test_accepted if {
	every volume in [{}, {"emptyDir": {}}, {"hostPath": null}] {
		count(judged(volume, [])) == 0
	}
	every path in ["/var/log", "/var/log/", "/var/log/pods/x", "/var/log//x"] {
		count(judged(folder(path), [{"pathPrefix": "/var/log"}])) == 0
		count(judged(folder(path), [{"pathPrefix": "/var/log/"}])) == 0
	}
	count(judged(folder("/etc"), [{"pathPrefix": "/var"}, {"pathPrefix": "/"}])) == 0
}

test_refused if {
	judged(folder("/etc"), []) == {{
		"msg": "pod: volume h is the folder /etc of the host",
		"details": {"container": "", "path": "spec.template.spec.volumes[1].hostPath"},
	}}
	without := host_path_volumes.violation with input as make.pod({"volumes": [folder("/")]}, {})
	count(without) == 1
}

test_refused_past_the_boundary if {
	every path in ["/var", "/var/log-old", "/var/logs/x", "/var/log/../../etc", "var/log", ""] {
		count(judged(folder(path), [{"pathPrefix": "/var/log"}])) == 1
	}
}

spec(list, mount) := {"volumes": [object.union({"name": "h"}, folder("/var/log"))], list: [{"volumeMounts": [{"name": "x"}, object.union({"name": "h"}, mount)]}]}

test_may_be_written if {
	every entry in [{"pathPrefix": "/var/log"}, {"pathPrefix": "/var/log", "readOnly": false}] {
		write := host_path_volumes.violation with input as make.pod(spec("containers", {}), {"allowed": [entry]})
		count(write) == 0
	}
}

test_read_only if {
	allowed := [{"pathPrefix": "/var/log", "readOnly": true}]
	every list in ["initContainers", "containers", "ephemeralContainers"] {
		read := host_path_volumes.violation with input as make.pod(spec(list, {"readOnly": true}), {"allowed": allowed})
		count(read) == 0
		every mount in [{}, {"readOnly": false}, {"readOnly": "true"}] {
			write := host_path_volumes.violation with input as make.pod(spec(list, mount), {"allowed": allowed})
			make.paths(write) == {"spec.volumes[0].hostPath"}
		}
	}
}

test_wrong_types if {
	make.messages(judged({"hostPath": "/etc"}, [{"pathPrefix": "/"}])) == {"pod: volume h is a folder of the host"}
	every path in [5, false, null] {
		make.messages(judged(folder(path), [{"pathPrefix": "/"}])) == {"pod: volume h is a folder of the host"}
	}
	found := host_path_volumes.violation with input as make.pod({"volumes": "x"}, {})
	make.messages(found) == {"pod: volumes is a string, want a list"}
	one := host_path_volumes.violation with input as make.pod({"volumes": ["x"]}, {})
	make.messages(one) == {"pod: a volume is a string, want a map"}
}

test_malformed if {
	found := host_path_volumes.violation with input as make.pod({"containers": 5}, {})
	make.messages(found) == {"spec.containers is a number, want a list"}
}
