# METADATA
# scope: package
# title: Ingresses of one host
# description: >-
#   No two Ingresses take the same host and path: which of them gets the requests the controller decides, often by age, and
#   a team could take over the requests of another. Ingresses of another class, and those that share a host on purpose
#   (canaries), are no rivals. Compared is with the objects that are checked together, on a cluster with all that it has.
# custom:
#   id: ingress-unique-hosts
#   severity: error
#   preset: baseline
#   kinds:
#     - apiGroups: [networking.k8s.io]
#       kinds: [Ingress]
#   parameters:
#     type: object
#     properties:
#       share:
#         type: string
#         description: >-
#           Who may share a host with different paths, any Ingress (paths) or those of one namespace only (namespace)
#         enum: [paths, namespace]
#         default: paths
#       ignore:
#         type: array
#         description: An Ingress that has one of these annotations as "true" shares a host on purpose
#         items: {type: string, minLength: 1}
#         default: [nginx.ingress.kubernetes.io/canary]
#   fix: give one of the two Ingresses another host or path
package ingress_unique_hosts

import data.lib.types

this := input.review.object

namespace := object.get(this, ["metadata", "namespace"], "")

violation contains {"msg": msg, "details": {"path": path}} if {
	not aside(this)
	some i, rule in this.spec.rules
	is_object(rule)
	host := object.get(rule, "host", "")
	some [other, theirs] in rivals(host)
	some [way, where] in ways(rule)
	ways(theirs)[_][0] == way
	path := sprintf("spec.rules[%d]%s", [i, where])
	msg := sprintf("%s with %s is Ingress %s's too", [named(host), way, other])
}

violation contains {"msg": msg, "details": {"path": path}} if {
	object.get(input, ["parameters", "share"], "paths") == "namespace"
	not aside(this)
	some i, rule in this.spec.rules
	is_object(rule)
	host := object.get(rule, "host", "")
	some [other, _] in rivals(host)
	not startswith(other, concat("", [namespace, "/"]))
	path := sprintf("spec.rules[%d].host", [i])
	msg := sprintf("%s is Ingress %s's of another namespace too", [named(host), other])
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some path, problem in misfits
	msg := sprintf("%s %s", [path, problem])
}

misfits := object.union(
	types.misfits(this, {["spec"]: "object", ["spec", "rules"]: "array", ["metadata"]: "object", ["metadata", "annotations"]: "object"}),
	types.items(this, ["spec", "rules"], {["host"]: "string", ["http"]: "object", ["http", "paths"]: "array"}),
)

# rivals are the rules of other Ingresses for the host, with the Ingress that has each.
rivals(host) := {[sprintf("%s/%s", [place, name]), other.spec.rules[i]] |
	some [place, name, i] in takers(host)
	[place, name] != [namespace, this.metadata.name]
	other := data.inventory.namespace[place]["networking.k8s.io/v1"].Ingress[name]
	class(other) == class(this)
	not aside(other)
}

# takers are the rules for the host of all Ingresses, this one's too: in one step, for there may be thousands.
takers(host) := {[place, name, i] |
	data.inventory.namespace[place]["networking.k8s.io/v1"].Ingress[name].spec.rules[i].host == host
} if {
	host != ""
} else := {[place, name, i] |
	rule := data.inventory.namespace[place]["networking.k8s.io/v1"].Ingress[name].spec.rules[i]
	is_object(rule)
	object.get(rule, "host", "") == ""
}

class(ingress) := found if {
	found := object.get(ingress, ["spec", "ingressClassName"], "")
	found != ""
} else := object.get(ingress, ["metadata", "annotations", "kubernetes.io/ingress.class"], "")

aside(ingress) if {
	some annotation in object.get(input, ["parameters", "ignore"], [])
	object.get(ingress, ["metadata", "annotations", annotation], "") == "true"
}

# ways are the paths of a rule, in words, and where each stands. /a and /a/ are the same but for an exact match. A rule
# without paths sends everything to the default backend.
ways(rule) := {[worded(entry), sprintf(".http.paths[%d].path", [i])] |
	some i, entry in rule.http.paths
	is_object(entry)
} if {
	rule.http.paths[0]
} else := {["path /", ".host"]}

worded(entry) := sprintf("the exact path %v", [entry.path]) if {
	entry.pathType == "Exact"
} else := sprintf("path /%v", [trim(sprintf("%v", [object.get(entry, "path", "")]), "/")])

named(host) := "every host" if {
	host in {"", null}
} else := sprintf("host %v", [host])
