# METADATA
# scope: package
# title: Labels that objects have
# description: >-
#   Objects carry the labels that the installation asks for, so that costs, alerts and clean-up find who they belong to. The
#   policy asks for nothing until its parameter labels says what.
# custom:
#   id: required-labels
#   severity: error
#   preset: none
#   kinds:
#     - apiGroups: ["*"]
#       kinds: ["*"]
#   parameters:
#     type: object
#     properties:
#       labels:
#         type: array
#         description: The labels
#         items:
#           type: object
#           required: [key]
#           additionalProperties: false
#           properties:
#             key: {type: string, description: "The label, as team or acme.io/cost-center", minLength: 1}
#             pattern: {type: string, description: "A regular expression that the whole value matches; by default any value will do"}
#         default: []
#       kinds:
#         type: array
#         description: The kinds of objects that need the labels; an empty list means all
#         items: {type: string, minLength: 1}
#         default: [Namespace, Deployment, StatefulSet, DaemonSet, Job, CronJob, Service, PersistentVolumeClaim]
#   fix: set the label in the chart or the manifest; patches of a release can set it for all of its objects
package required_labels

violation contains {"msg": msg, "details": {"path": path}} if {
	some label in input.parameters.labels
	meant
	value := object.get(input.review.object, ["metadata", "labels", label.key], null)
	problem := wrong(label, value)
	path := concat("", ["metadata.labels", field(label.key)])
	msg := sprintf("label %s %s", [label.key, problem])
}

meant if object.get(input, ["parameters", "kinds"], []) == []

meant if input.review.object.kind in object.get(input, ["parameters", "kinds"], [])

wrong(_, value) := "is missing" if value in {null, ""}

wrong(label, value) := sprintf("is %v, which does not match %s", [value, label.pattern]) if {
	not value in {null, ""}
	not regex.match(sprintf("^(%s)$", [label.pattern]), sprintf("%v", [value]))
}

field(key) := sprintf("[%q]", [key]) if {
	regex.match(`[./]`, key)
} else := concat("", [".", key])
