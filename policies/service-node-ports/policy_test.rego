package service_node_ports_test

import data.lib.review_test as make
import data.service_node_ports

judged(spec, allowed) := found if {
	found := service_node_ports.violation with input as make.review({"kind": "Service", "spec": spec}, {"allowedPorts": allowed})
}

test_accepted if {
	every type in ["ClusterIP", "LoadBalancer", "ExternalName", null] {
		count(judged({"type": type, "ports": [{"port": 80}]}, [])) == 0
	}
	count(judged({"ports": [{"port": 80}]}, [])) == 0
	count(judged({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}, [30080])) == 0
}

test_refused if {
	judged({"type": "NodePort", "ports": [{"port": 80}]}, [30080]) == {{
		"msg": "the Service takes a port of every node",
		"details": {"path": "spec.type"},
	}}
	count(judged({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30081}]}, [30080])) == 1
	count(judged({"type": "NodePort", "ports": [{"nodePort": 30080}, {"port": 443}]}, [30080])) == 1
	count(judged({"type": "NodePort", "ports": [{"nodePort": 30080}]}, [])) == 1
}

test_wrong_types if {
	make.messages(judged({"type": 5, "ports": {}}, [])) == {"spec.type is a number, want a string", "spec.ports is a map, want a list"}
}
