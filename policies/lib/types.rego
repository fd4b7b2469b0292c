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
misfit(value, want) := sprintf("is %s, want %s", [words[have], words[want]]) if {
	have := type_name(value)
	have != want
	have != "null"
}

# misset says what is wrong with a field that may be false and nothing else; undefined when it is false or null.
misset(true) := "is true"

misset(value) := misfit(value, "boolean")

words := {
	"array": "a list",
	"boolean": "true or false",
	"number": "a number",
	"object": "a map",
	"string": "a string",
}

# items has the misfits in a list of maps below a value, by their path from there: of `spec.rules`, `spec.rules[0].host`. An
# item that is no map is one itself.
items(value, path, shape) := {where: problem |
	whole := object.union({[""]: "object"}, {array.concat([""], below): want | some below, want in shape})
	list := object.get(value, path, [])
	is_array(list)
	some i, item in list
	some field, problem in misfits({"": item}, whole)
	where := sprintf("%s[%d]%s", [concat(".", path), i, field])
}
