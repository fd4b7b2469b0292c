package required_labels_test

import data.lib.review_test as make
import data.required_labels

parameters := {"labels": [{"key": "team"}, {"key": "acme.io/cost-center", "pattern": "cc-[0-9]{4}"}], "kinds": ["Service"]}

judged(kind, labels, of) := found if {
	found := required_labels.violation with input as make.review({"kind": kind, "metadata": {"labels": labels}}, of)
}

test_accepted if {
	count(judged("Service", {"team": "web", "acme.io/cost-center": "cc-1234"}, parameters)) == 0
	count(judged("ConfigMap", {}, parameters)) == 0
	count(judged("Service", {}, {})) == 0
	count(judged("Service", {"team": "web"}, {"labels": [{"key": "team"}], "kinds": []})) == 0
}

test_refused if {
	judged("Service", {"acme.io/cost-center": "cc-12345"}, parameters) == {
		{"msg": "label team is missing", "details": {"path": "metadata.labels.team"}},
		{
			"msg": "label acme.io/cost-center is cc-12345, which does not match cc-[0-9]{4}",
			"details": {"path": `metadata.labels["acme.io/cost-center"]`},
		},
	}
	make.messages(judged("Service", null, parameters)) == {"label team is missing", "label acme.io/cost-center is missing"}
	make.messages(judged("Widget", {"team": ""}, {"labels": [{"key": "team"}], "kinds": []})) == {"label team is missing"}
}

# Either of two words, and nothing around them.
test_the_whole_value_matches if {
	one := {"labels": [{"key": "tier", "pattern": "front|back"}], "kinds": []}
	count(judged("Service", {"tier": "front"}, one)) == 0
	count(judged("Service", {"tier": "frontier"}, one)) == 1
	count(judged("Service", {"tier": "aback"}, one)) == 1
}
