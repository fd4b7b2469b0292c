# METADATA
# title: Types of fields
# description: >-
#   Finds fields whose value has another type than Kubernetes gives it. The API server refuses such an object; before it is
#   asked, a policy must not take a value that it cannot read for one that is harmless.
package lib.types

# misfits has the fields of a value whose type is another than the shape says, and what is wrong with each. A shape has the
# type by the path of a field. What is missing or null fits, and so does what is below a misfit: that one says it.
misfits(value, shape) := {concat(".", path): problem |
	some path, want in shape
	problem := misfit(object.get(value, path, null), want)
}

# misfit says what is wrong with one value; undefined when it fits.
misfit(value, want) := sprintf("is %s, want %s", [words[type_name(value)], words[want]]) if {
	not type_name(value) in {want, "null"}
}

words := {
	"array": "a list",
	"boolean": "true or false",
	"number": "a number",
	"object": "a map",
	"string": "a string",
}
