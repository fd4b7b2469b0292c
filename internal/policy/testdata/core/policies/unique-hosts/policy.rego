# METADATA
# title: Hosts
# custom:
#   preset: privileged
#   kinds:
#     - apiGroups: [networking.k8s.io]
#       kinds: [Ingress]
package unique_hosts

violation contains {"msg": sprintf("Ingress %s has the host %s too", [name, rule.host]), "details": {"path": sprintf("spec.rules[%d].host", [i])}} if {
	some i, rule in input.review.object.spec.rules
	some namespace
	other := data.inventory.namespace[namespace]["networking.k8s.io/v1"].Ingress[name]
	other.spec.rules[_].host == rule.host
	[namespace, name] != [input.review.namespace, input.review.name]
}
