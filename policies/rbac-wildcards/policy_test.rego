package rbac_wildcards_test

import data.lib.review_test as make
import data.rbac_wildcards

all := ["verbs", "resources", "apiGroups", "nonResourceURLs"]

judged(rules, fields) := found if {
	found := rbac_wildcards.violation with input as make.review({"kind": "ClusterRole", "rules": rules}, {"fields": fields})
}

test_accepted if {
	every rule in [
		{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get"]},
		{"nonResourceURLs": ["/metrics", "/healthz/*"], "verbs": ["get"]},
		{"apiGroups": ["apps"], "resources": ["*"], "verbs": null, "resourceNames": ["*"]},
	] {
		count(judged([rule], ["verbs", "apiGroups", "nonResourceURLs"])) == 0
	}
	count(judged(null, all)) == 0
	count(judged([{"verbs": ["*"]}], [])) == 0
}

test_refused if {
	judged([{"verbs": ["get"]}, {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "*"]}], all) == {
		{"msg": "the role has * in apiGroups with resources [\"*\"], verbs [\"get\", \"*\"]", "details": {"path": "rules[1].apiGroups[0]"}},
		{"msg": "the role has * in resources with apiGroups [\"*\"], verbs [\"get\", \"*\"]", "details": {"path": "rules[1].resources[0]"}},
		{"msg": "the role has * in verbs with apiGroups [\"*\"], resources [\"*\"]", "details": {"path": "rules[1].verbs[1]"}},
	}
	make.messages(judged([{"resources": ["*/scale", "*/*"]}], all)) == {"the role has */scale in resources", "the role has */* in resources"}
	make.messages(judged([{"nonResourceURLs": ["*", "/*"]}], all)) == {"the role has * in nonResourceURLs", "the role has /* in nonResourceURLs"}
}

test_wrong_types if {
	make.messages(judged([5, {"verbs": "*"}], all)) == {"rules[0] is a number, want a map", "rules[1].verbs is a string, want a list"}
	make.messages(judged({"verbs": ["*"]}, all)) == {"rules is a map, want a list"}
}
