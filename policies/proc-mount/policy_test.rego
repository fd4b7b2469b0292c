package proc_mount_test

import data.lib.review_test as make
import data.proc_mount

judged(mount) := found if {
	found := proc_mount.violation with input as make.context({"procMount": mount}, {})
}

test_accepted if {
	every mount in [null, "Default"] {
		count(judged(mount)) == 0
	}
}

test_refused if {
	judged("Unmasked") == {{
		"msg": `container "a": procMount is Unmasked, want Default`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.procMount"},
	}}
	every mount in ["", "default", 5, {}] {
		count(judged(mount)) == 1
	}
}

test_every_list_of_containers if {
	refused := proc_mount.violation with input as make.everywhere({"securityContext": {"procMount": "Unmasked"}}, {})
	make.paths(refused) == make.paths_everywhere("securityContext.procMount")
}

spec(users) := {"hostUsers": users, "containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]}

test_user_namespace if {
	own := proc_mount.violation with input as make.pod(spec(false), {})
	count(own) == 0
	host := proc_mount.violation with input as make.pod(spec(true), {})
	count(host) == 1
}

test_malformed if {
	found := proc_mount.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
