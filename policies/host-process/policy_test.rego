package host_process_test

import data.host_process
import data.lib.review_test as make

of_container(options) := found if {
	found := host_process.violation with input as make.context({"windowsOptions": options}, {})
}

of_pod(options) := found if {
	found := host_process.violation with input as make.pod({"securityContext": {"windowsOptions": options}}, {})
}

test_accepted if {
	every options in [{}, null, {"hostProcess": false}, {"hostProcess": null}, {"runAsUserName": "x"}] {
		count(of_container(options)) == 0
		count(of_pod(options)) == 0
	}
}

test_refused if {
	of_container({"hostProcess": true}) == {{
		"msg": `container "a": windowsOptions.hostProcess is true`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.windowsOptions.hostProcess"},
	}}
	of_pod({"hostProcess": true}) == {{
		"msg": "pod: windowsOptions.hostProcess is true",
		"details": {"container": "", "path": "spec.securityContext.windowsOptions.hostProcess"},
	}}
}

test_every_list_of_containers if {
	refused := host_process.violation with input as make.everywhere({"securityContext": {"windowsOptions": {"hostProcess": true}}}, {})
	make.paths(refused) == make.paths_everywhere("securityContext.windowsOptions.hostProcess")
}

test_wrong_types if {
	make.messages(of_container({"hostProcess": 1})) == {`container "a": windowsOptions.hostProcess is a number, want true or false`}
	make.paths(of_container("x")) == {"spec.template.spec.containers[0].securityContext.windowsOptions"}
	make.messages(of_pod([])) == {"pod: windowsOptions is a list, want a map"}
}

test_malformed if {
	found := host_process.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
