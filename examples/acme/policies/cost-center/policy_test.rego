package cost_center_test

import data.cost_center

judged(name, labels) := found if {
	found := cost_center.violation with input as {
		"review": {"object": {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}},
		"parameters": {"label": "acme.io/cost-center"},
	}
}

test_accepted if {
	count(judged("team-shop", {"acme.io/cost-center": "cc-1001"})) == 0
	count(judged("website", {})) == 0
}

test_refused if {
	every labels in [{}, null, {"cost-center": "cc-1001"}, {"acme.io/cost-center": "1001"}, {"acme.io/cost-center": "cc-10012"}] {
		count(judged("team-shop", labels)) == 1
	}
}

test_namespace_without_labels if {
	found := cost_center.violation with input as {
		"review": {"object": {"kind": "Namespace", "metadata": {"name": "team-shop"}}},
		"parameters": {"label": "acme.io/cost-center"},
	}
	{v.msg | some v in found} == {`label acme.io/cost-center: want a cost center like cc-1001, have ""`}
}
