# METADATA
# title: Label selectors
# description: Tells whether a selector of Kubernetes, with matchLabels and matchExpressions, selects labels.
package lib.selectors

# matches is true when all of the selector holds; an empty selector matches everything, none at all (null) nothing.
matches(selector, labels) if {
	is_object(selector)
	is_object(labels)
	every key, value in object.get(selector, "matchLabels", {}) {
		labels[key] == value
	}
	every expression in object.get(selector, "matchExpressions", []) {
		holds(expression, labels)
	}
}

holds(expression, labels) if {
	expression.operator == "In"
	labels[expression.key] in expression.values
}

holds(expression, labels) if {
	expression.operator == "NotIn"
	not has(labels, expression.key)
}

holds(expression, labels) if {
	expression.operator == "NotIn"
	not labels[expression.key] in expression.values
}

holds(expression, labels) if {
	expression.operator == "Exists"
	has(labels, expression.key)
}

holds(expression, labels) if {
	expression.operator == "DoesNotExist"
	not has(labels, expression.key)
}

has(labels, key) if object.get(labels, key, null) != null
