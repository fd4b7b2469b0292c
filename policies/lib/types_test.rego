package lib.types_test

import data.lib.types

shape := {["a"]: "object", ["a", "b"]: "boolean", ["c"]: "array", ["d"]: "number", ["e"]: "string"}

test_fits if {
	every value in [{}, {"a": {"b": true}, "c": [], "d": 1.5, "e": "x"}, {"a": null, "c": null, "f": 1}, {"a": {"b": null}}] {
		types.misfits(value, shape) == {}
	}
}

test_misfits if {
	types.misfits({"a": 1, "c": {}, "d": "1", "e": ["x"]}, shape) == {
		"a": "is a number, want a map",
		"c": "is a map, want a list",
		"d": "is a string, want a number",
		"e": "is a list, want a string",
	}
	types.misfits({"a": {"b": "true"}}, shape) == {"a.b": "is a string, want true or false"}
	types.misfits({"e": false}, shape) == {"e": "is true or false, want a string"}
}

test_items if {
	value := {"spec": {"rules": [{"host": "a"}, {"host": 5}, "b", null, {"http": {"paths": {}}}]}}
	types.items(value, ["spec", "rules"], {["host"]: "string", ["http", "paths"]: "array"}) == {
		"spec.rules[1].host": "is a number, want a string",
		"spec.rules[2]": "is a string, want a map",
		"spec.rules[4].http.paths": "is a map, want a list",
	}
	types.items(value, ["spec", "tls"], {}) == {}
	types.items({"spec": {"tls": {"x": 5}}}, ["spec", "tls"], {}) == {}
	types.items({"spec": 5}, ["spec", "tls"], {}) == {}
}

test_misset if {
	types.misset(true) == "is true"
	types.misset("false") == "is a string, want true or false"
	every value in [false, null] {
		not types.misset(value)
	}
}
