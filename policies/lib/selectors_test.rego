package lib.selectors_test

import data.lib.selectors

labels := {"app": "web", "tier": "front", "empty": ""}

test_matches if {
	every selector in [
		{}, {"matchLabels": {}}, {"matchLabels": {"app": "web"}}, {"matchLabels": {"app": "web", "tier": "front"}, "matchExpressions": []},
		{"matchExpressions": [{"key": "app", "operator": "In", "values": ["db", "web"]}]},
		{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]},
		{"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["db"]}]},
		{"matchExpressions": [{"key": "empty", "operator": "Exists"}, {"key": "none", "operator": "DoesNotExist"}]},
	] {
		selectors.matches(selector, labels)
	}
}

test_matches_not if {
	every selector in [
		null, "app=web", {"matchLabels": {"app": "db"}}, {"matchLabels": {"app": "web", "none": ""}},
		{"matchExpressions": [{"key": "app", "operator": "In", "values": []}]},
		{"matchExpressions": [{"key": "none", "operator": "In", "values": ["web"]}]},
		{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]},
		{"matchExpressions": [{"key": "none", "operator": "Exists"}]},
		{"matchExpressions": [{"key": "empty", "operator": "DoesNotExist"}]},
		{"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "Near"}]},
	] {
		not selectors.matches(selector, labels)
	}
}
