# METADATA
# scope: package
# title: External addresses of Services
# description: >-
#   A Service with externalIPs takes the traffic of the cluster to these addresses, whoever they belong to: who may make
#   Services can read what others send to a name server or a database (CVE-2020-8554).
# custom:
#   id: service-external-ips
#   severity: error
#   preset: baseline
#   kinds:
#     - apiGroups: [""]
#       kinds: [Service]
#   parameters:
#     type: object
#     properties:
#       allowedIPs:
#         type: array
#         description: Addresses that Services may take
#         items: {type: string, minLength: 1}
#         default: []
#   fix: remove spec.externalIPs; publish the Service with an Ingress or a load balancer
package service_external_ips

import data.lib.types

violation contains {"msg": msg, "details": {"path": path}} if {
	some i, address in input.review.object.spec.externalIPs
	not address in object.get(input, ["parameters", "allowedIPs"], [])
	path := sprintf("spec.externalIPs[%d]", [i])
	msg := sprintf("the Service takes what is sent to %v", [address])
}

violation contains {"msg": msg, "details": {"path": path}} if {
	problem := types.misfit(input.review.object.spec.externalIPs, "array")
	path := "spec.externalIPs"
	msg := sprintf("%s %s", [path, problem])
}
