package service_load_balancers_test

import data.lib.review_test as make
import data.service_load_balancers

judged(spec, annotations) := make.messages(found) if {
	service := {"kind": "Service", "metadata": {"annotations": annotations}, "spec": spec}
	found := service_load_balancers.violation with input as make.review(service, {"internal": ["cloud.io/internal=true"]})
}

refused := {"the Service takes a load balancer that everybody may connect to"}

test_accepted if {
	every type in ["ClusterIP", "NodePort", "ExternalName", null] {
		count(judged({"type": type}, {})) == 0
	}
	count(judged({"type": "LoadBalancer"}, {"cloud.io/internal": "true"})) == 0
	count(judged({"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/8"]}, {})) == 0
}

test_refused if {
	judged({"type": "LoadBalancer"}, {}) == refused
	judged({"type": "LoadBalancer"}, null) == refused
	judged({"type": "LoadBalancer"}, {"cloud.io/internal": "false"}) == refused
	every ranges in [[], null, ["0.0.0.0/0"], ["10.0.0.0/8", "::/0"], ["0.0.0.0/00 "]] {
		judged({"type": "LoadBalancer", "loadBalancerSourceRanges": ranges}, {}) == refused
	}
}

test_wrong_types if {
	judged({"type": ["LoadBalancer"]}, "x") == {"spec.type is a list, want a string"}
}
