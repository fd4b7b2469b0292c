package lib.pods

containers contains {"path": sprintf("spec.containers[%d]", [i]), "container": c} if {
	some i, c in input.review.object.spec.containers
}

containers contains {"path": sprintf("spec.template.spec.containers[%d]", [i]), "container": c} if {
	some i, c in input.review.object.spec.template.spec.containers
}
