# Exemptions, on the cluster: those of the constraint's parameter exempt, and those that annotations of the object or of its
# pod template name. What counts is what kubectl otomi validate lets count; a test holds the two against each other.
package lib.otomi.exemptions

# covers tells whether a violation of the policy is let pass.
covers(_, _) if {
	some exemption in object.get(input, ["parameters", "exempt"], [])
	meant(exemption)
}

covers(policy, violation) if {
	some [key, value] in annotations
	applies(key, object.get(violation, ["details", "container"], ""))
	policy in regex.split(`[, \n\t]+`, value)
}

meant(exemption) if {
	exemption.namespace == namespace
}

meant(exemption) if {
	exemption.release == input.review.object.metadata.labels["otomi.io/release"]
}

meant(exemption) if {
	parts := split(exemption.object, "/")
	parts[0] in kinds
	array.slice(parts, 1, count(parts)) == identity
}

# A kind goes by its name alone, or with its group.
kinds := {input.review.kind.kind, concat(".", [input.review.kind.kind, input.review.kind.group])}

identity := [input.review.object.metadata.namespace, input.review.object.metadata.name] if {
	input.review.object.metadata.namespace != ""
} else := [input.review.object.metadata.name]

# A Namespace counts as lying in itself.
namespace := input.review.object.metadata.name if {
	input.review.kind.group == ""
	input.review.kind.kind == "Namespace"
} else := input.review.object.metadata.namespace

annotations contains [key, value] if {
	some place in [["metadata"], ["spec", "template", "metadata"], ["spec", "jobTemplate", "spec", "template", "metadata"], ["template", "metadata"]]
	some key, value in object.get(input.review.object, array.concat(place, ["annotations"]), {})
	is_string(value)
}

applies(key, _) if key in {"otomi.io/policy-ignore", "policy.otomi.io/ignore"}

applies(key, container) if key == concat("", ["policy.otomi.io/ignore.", container])
