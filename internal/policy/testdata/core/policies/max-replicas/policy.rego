# METADATA
# title: Replicas
# custom:
#   severity: warning
#   kinds:
#     - apiGroups: [apps]
#       kinds: [Deployment]
#   parameters:
#     type: object
#     properties:
#       max: {type: integer, minimum: 1, default: 3}
#       tier:
#         type: object
#         default: {}
#         properties:
#           names: {type: array, items: {type: string}, default: [gold]}
#   fix: ask for fewer replicas
package max_replicas

violation contains {"msg": msg, "details": {"path": "spec.replicas"}} if {
	replicas := input.review.object.spec.replicas
	replicas > input.parameters.max
	msg := sprintf("%d replicas, more than %d", [replicas, input.parameters.max])
}
