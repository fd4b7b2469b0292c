package host_aliases_test

import data.host_aliases
import data.lib.review_test as make

judged(spec) := found if {
	found := host_aliases.violation with input as make.deployment(spec, {})
}

test_accepted if {
	every spec in [{}, null, {"hostAliases": []}, {"hostAliases": null}] {
		count(judged(spec)) == 0
	}
}

test_refused if {
	judged({"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}]}) == {{
		"msg": "pod: hostAliases has entries for /etc/hosts",
		"details": {"container": "", "path": "spec.template.spec.hostAliases"},
	}}
	count(judged({"hostAliases": "x"})) == 1
}

test_malformed if {
	found := host_aliases.violation with input as make.pod({"containers": 5}, {})
	make.messages(found) == {"spec.containers is a number, want a list"}
}
