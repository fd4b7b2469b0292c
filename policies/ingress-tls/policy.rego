# METADATA
# scope: package
# title: TLS of Ingresses
# description: >-
#   Every host of an Ingress is served with TLS: what goes over the network in the open, passwords and sessions included,
#   others can read and change. A wildcard covers one label, as in certificates, and an entry of tls without hosts all.
# custom:
#   id: ingress-tls
#   severity: error
#   preset: restricted
#   kinds:
#     - apiGroups: [networking.k8s.io]
#       kinds: [Ingress]
#   parameters:
#     type: object
#     properties:
#       annotations:
#         type: array
#         description: An Ingress with one of these annotations has its certificate from elsewhere and needs no tls
#         items: {type: string, minLength: 1}
#         default:
#           - alb.ingress.kubernetes.io/certificate-arn
#           - appgw.ingress.kubernetes.io/appgw-ssl-certificate
#           - ingress.gcp.kubernetes.io/pre-shared-cert
#           - networking.gke.io/managed-certificates
#   fix: add the host to spec.tls with the Secret of its certificate; the default core does with ingress.tls.enabled
package ingress_tls

import data.lib.types

spec := input.review.object.spec

violation contains {"msg": msg, "details": {"path": path}} if {
	not elsewhere
	some i, rule in spec.rules
	is_object(rule)
	host := object.get(rule, "host", "")
	not covered(host)
	path := sprintf("spec.rules[%d].host", [i])
	msg := sprintf("%s is served without TLS", [named(host)])
}

violation contains {"msg": "what no rule takes is served without TLS", "details": {"path": "spec.defaultBackend"}} if {
	is_object(spec.defaultBackend)
	not spec.tls[0]
	not elsewhere
}

violation contains {"msg": msg, "details": {"path": path}} if {
	some path, problem in misfits
	msg := sprintf("%s %s", [path, problem])
}

misfits := object.union_n([
	types.misfits(input.review.object, {
		["spec"]: "object", ["spec", "rules"]: "array", ["spec", "tls"]: "array", ["spec", "defaultBackend"]: "object",
		["metadata"]: "object", ["metadata", "annotations"]: "object",
	}),
	types.items(input.review.object, ["spec", "rules"], {["host"]: "string"}),
	types.items(input.review.object, ["spec", "tls"], {["hosts"]: "array"}),
])

elsewhere if {
	some annotation in object.get(input, ["parameters", "annotations"], [])
	object.get(input.review.object, ["metadata", "annotations", annotation], "") != ""
}

named(host) := "every host" if {
	host in {"", null}
} else := sprintf("host %v", [host])

covered(_) if {
	some entry in spec.tls
	is_object(entry)
	object.get(entry, "hosts", null) in {null, []}
}

covered(host) if host in spec.tls[_].hosts

covered(host) if {
	some name in spec.tls[_].hosts
	is_string(name)
	is_string(host)
	startswith(name, "*.")
	domain := substring(name, 1, -1)
	endswith(host, domain)
	not contains(trim_suffix(host, domain), ".")
}
