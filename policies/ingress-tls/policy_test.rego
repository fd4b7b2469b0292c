package ingress_tls_test

import data.ingress_tls
import data.lib.review_test as make

judged(spec) := found if {
	found := ingress_tls.violation with input as make.review({"kind": "Ingress", "metadata": {"name": "i"}, "spec": spec}, {})
}

served(tls, host) := make.messages(judged({"tls": tls, "rules": [{"host": host}]}))

test_accepted if {
	every tls in [
		[{"hosts": ["a.acme.io"]}], [{"hosts": ["b.io"]}, {"hosts": ["c.io", "a.acme.io"]}], [{"hosts": ["*.acme.io"]}],
		[{"secretName": "cert"}], [{"hosts": []}], [{"hosts": null}], [{}],
	] {
		count(served(tls, "a.acme.io")) == 0
	}
	count(served([{"hosts": ["*.acme.io"]}], "*.acme.io")) == 0
	count(judged({"tls": [{}], "defaultBackend": {"service": {"name": "a"}}})) == 0
	count(judged({})) == 0
}

test_refused if {
	every tls in [
		[], null, [{"hosts": ["b.acme.io"]}], [{"hosts": ["*.io"]}], [{"hosts": ["*.a.acme.io"]}], [{"hosts": ["acme.io", 5]}],
	] {
		served(tls, "a.acme.io") == {"host a.acme.io is served without TLS"}
	}
	served([{"hosts": ["*.acme.io"]}], "a.b.acme.io") == {"host a.b.acme.io is served without TLS"}
	served([{"hosts": ["*.acme.io"]}], "acme.io") == {"host acme.io is served without TLS"}
}

test_path if {
	refused := judged({"tls": [{"hosts": ["a.io"]}], "rules": [{"host": "a.io"}, {"host": "b.io"}, {"http": {"paths": []}}]})
	refused == {
		{"msg": "host b.io is served without TLS", "details": {"path": "spec.rules[1].host"}},
		{"msg": "every host is served without TLS", "details": {"path": "spec.rules[2].host"}},
	}
}

test_default_backend if {
	make.messages(judged({"defaultBackend": {"service": {"name": "a"}}})) == {"what no rule takes is served without TLS"}
}

test_certificates_from_elsewhere if {
	ingress := {
		"kind": "Ingress", "metadata": {"annotations": {"cloud.io/cert": "arn"}},
		"spec": {"rules": [{"host": "a.io"}], "defaultBackend": {}},
	}
	accepted := ingress_tls.violation with input as make.review(ingress, {"annotations": ["cloud.io/cert"]})
	count(accepted) == 0
	refused := ingress_tls.violation with input as make.review(ingress, {"annotations": ["cloud.io/other"]})
	count(refused) == 2
}

test_wrong_types if {
	make.messages(judged({"tls": "yes", "rules": [5, {"host": 5}]})) == {
		"spec.tls is a string, want a list",
		"spec.rules[0] is a number, want a map",
		"spec.rules[1].host is a number, want a string",
		"host 5 is served without TLS",
	}
}
