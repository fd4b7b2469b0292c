package service_external_ips_test

import data.lib.review_test as make
import data.service_external_ips

judged(addresses) := found if {
	found := service_external_ips.violation with input as make.review(
		{"kind": "Service", "spec": {"externalIPs": addresses}},
		{"allowedIPs": ["192.0.2.1"]},
	)
}

test_accepted if {
	every addresses in [null, [], ["192.0.2.1"]] {
		count(judged(addresses)) == 0
	}
	plain := service_external_ips.violation with input as make.review({"kind": "Service"}, {})
	count(plain) == 0
}

test_refused if {
	judged(["192.0.2.1", "8.8.8.8"]) == {{"msg": "the Service takes what is sent to 8.8.8.8", "details": {"path": "spec.externalIPs[1]"}}}
	make.messages(judged("8.8.8.8")) == {"spec.externalIPs is a string, want a list"}
}
