package host_ports_test

import data.host_ports
import data.lib.review_test as make

judged(ports, allowed) := found if {
	found := host_ports.violation with input as make.container({"ports": ports}, {"allowed": allowed})
}

test_accepted if {
	every ports in [null, [], [{"containerPort": 80}], [{"containerPort": 80, "hostPort": 0}, {"containerPort": 81, "hostPort": null}]] {
		count(judged(ports, [])) == 0
	}
	count(judged([{"hostPort": 443}, {"hostPort": 9100}], [443, 9100])) == 0
}

test_refused if {
	judged([{"containerPort": 80}, {"containerPort": 443, "hostPort": 8443}], [443]) == {{
		"msg": `container "a": takes port 8443 of the host`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].ports[1].hostPort"},
	}}
	found := host_ports.violation with input as make.container({"ports": [{"hostPort": 1}]}, {})
	count(found) == 1
}

test_every_list_of_containers if {
	refused := host_ports.violation with input as make.everywhere({"ports": [{"hostPort": 80}]}, {"allowed": []})
	make.paths(refused) == make.paths_everywhere("ports[0].hostPort")
}

test_the_network_of_the_host if {
	spec := {"hostNetwork": true, "containers": [{"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0}]}]}
	refused := host_ports.violation with input as make.pod(spec, {"allowed": [81]})
	refused == {{
		"msg": `container "a": takes port 80 of the host, as hostNetwork is true`,
		"details": {"container": "a", "path": "spec.containers[0].ports[0].containerPort"},
	}}
}

test_a_port_of_the_host_that_is_allowed if {
	spec := {"hostNetwork": true, "containers": [{"name": "a", "ports": [{"containerPort": 81, "hostPort": 80}]}]}
	accepted := host_ports.violation with input as make.pod(spec, {"allowed": [80]})
	count(accepted) == 0
}

test_wrong_types if {
	make.messages(judged("80", [])) == {`container "a": ports is a string, want a list`}
	on_host := host_ports.violation with input as make.pod({"hostNetwork": true, "containers": [{"ports": [80, null]}]}, {})
	make.messages(on_host) == {`container "": a port is a number, want a map`}
	make.messages(judged([80], [])) == {`container "a": a port is a number, want a map`}
	make.messages(judged([{"hostPort": "80"}], [80])) == {`container "a": hostPort is a string, want a number`}
}

test_malformed if {
	found := host_ports.violation with input as make.pod({"containers": 5}, {})
	make.messages(found) == {"spec.containers is a number, want a list"}
}
