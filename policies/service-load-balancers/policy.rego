# METADATA
# scope: package
# title: Services with a load balancer of their own
# description: >-
#   A Service of type LoadBalancer takes a load balancer and an address of the cloud, which cost money, and is reached from
#   everywhere past the Ingress. One that is internal, or that says who may connect, is let pass.
# custom:
#   id: service-load-balancers
#   severity: warning
#   preset: restricted
#   kinds:
#     - apiGroups: [""]
#       kinds: [Service]
#   parameters:
#     type: object
#     properties:
#       internal:
#         type: array
#         description: Annotations that make a load balancer internal, as NAME=VALUE
#         items: {type: string, pattern: "^[^=]+=.+$"}
#         default:
#           - cloud.google.com/load-balancer-type=Internal
#           - networking.gke.io/load-balancer-type=Internal
#           - service.beta.kubernetes.io/aws-load-balancer-scheme=internal
#           - service.beta.kubernetes.io/azure-load-balancer-internal=true
#   fix: >-
#     publish the Service with an Ingress, make its load balancer internal, or name who may connect in
#     spec.loadBalancerSourceRanges
package service_load_balancers

import data.lib.types

service := input.review.object

violation contains {"msg": msg, "details": {"path": "spec.type"}} if {
	service.spec.type == "LoadBalancer"
	not private
	not limited
	msg := "the Service takes a load balancer that everybody may connect to"
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some field, want in {"type": "string", "loadBalancerSourceRanges": "array"}
	problem := types.misfit(service.spec[field], want)
	path := concat(".", ["spec", field])
	msg := sprintf("%s %s", [path, problem])
}

private if {
	some name, value in service.metadata.annotations
	sprintf("%s=%v", [name, value]) in object.get(input, ["parameters", "internal"], [])
}

limited if {
	service.spec.loadBalancerSourceRanges[0]
	everywhere := [range | some range in service.spec.loadBalancerSourceRanges; regex.match(`/0+\s*$`, sprintf("%v", [range]))]
	count(everywhere) == 0
}
