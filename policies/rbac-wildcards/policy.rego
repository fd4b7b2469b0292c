# METADATA
# scope: package
# title: Wildcards in roles
# description: >-
#   A role names the verbs, resources and API groups it gives rights to. An asterisk also gives those that nobody has thought
#   of, Secrets, new kinds and the verbs escalate and impersonate included.
# custom:
#   id: rbac-wildcards
#   severity: error
#   preset: restricted
#   kinds:
#     - apiGroups: [rbac.authorization.k8s.io]
#       kinds: [Role, ClusterRole]
#   parameters:
#     type: object
#     properties:
#       fields:
#         type: array
#         description: The fields of rules that take no asterisk
#         items: {type: string, enum: [verbs, resources, apiGroups, nonResourceURLs]}
#         default: [verbs, resources, apiGroups, nonResourceURLs]
#   fix: name what the role needs; `kubectl auth can-i --list --as=...` tells what an account can do
package rbac_wildcards

import data.lib.types

violation contains {"msg": msg, "details": {"path": path}} if {
	some i, rule in input.review.object.rules
	some field in object.get(input, ["parameters", "fields"], [])
	some j, word in rule[field]
	wildcard(field, word)
	path := sprintf("rules[%d].%s[%d]", [i, field, j])
	# The rest of the rule says how far it reaches.
	beside := concat(", ", [sprintf("%s %v", [key, value]) | some key, value in rule; key != field])
	msg := trim_suffix(sprintf("the role has %s in %s with %s", [word, field, beside]), " with ")
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some path, problem in misfits
	msg := sprintf("%s %s", [path, problem])
}

misfits := object.union(
	types.misfits(input.review.object, {["rules"]: "array"}),
	types.items(input.review.object, ["rules"], {[field]: "array" | some field in ["verbs", "resources", "apiGroups", "nonResourceURLs"]}),
)

wildcard(_, "*")

# Of every resource a subresource, `*/scale`, is as wide.
wildcard("resources", word) if {
	is_string(word)
	startswith(word, "*/")
}

wildcard("nonResourceURLs", "/*")
