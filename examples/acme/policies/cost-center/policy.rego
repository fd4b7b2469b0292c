# METADATA
# scope: package
# title: Cost centers of teams
# description: The namespace of every team says who pays for it, as cc- and four digits.
# custom:
#   id: cost-center
#   severity: error
#   preset: privileged
#   kinds:
#     - apiGroups: [""]
#       kinds: [Namespace]
#   parameters:
#     type: object
#     properties:
#       label:
#         type: string
#         description: The label that names the cost center
#         default: acme.io/cost-center
#   fix: set teams.<id>.labels in env/teams/<id>.yaml
package cost_center

violation contains {"msg": msg, "details": {"path": "metadata.labels"}} if {
	namespace := input.review.object
	namespace.kind == "Namespace"
	startswith(namespace.metadata.name, "team-")
	label := object.get(input, ["parameters", "label"], "")
	value := object.get(namespace, ["metadata", "labels", label], "")
	not regex.match(`^cc-[0-9]{4}$`, value)
	msg := sprintf("label %s: want a cost center like cc-1001, have %q", [label, value])
}
