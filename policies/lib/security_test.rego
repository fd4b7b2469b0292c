package lib.security_test

import data.lib.review_test as make
import data.lib.security

test_matches if {
	every row in [[["a"], "a"], [["b", "a*"], "a"], [["a*"], "abc"], [["*"], ""], [["a/*"], "a/b/c"]] {
		security.matches(row[0], row[1])
	}
	every row in [[[], "a"], [["a"], "ab"], [["a*"], "b"], [["*a"], "ba"], [["a/*"], "a"]] {
		not security.matches(row[0], row[1])
	}
}

test_profile if {
	security.profile({"type": "RuntimeDefault", "localhostProfile": "x"}) == "RuntimeDefault"
	security.profile({"type": "Localhost", "localhostProfile": "x/y"}) == "Localhost/x/y"
	security.profile({"type": "Localhost"}) == "Localhost/"
	security.profile({}) == ""
	security.profile({"type": 5}) == ""
}

test_odd if {
	every context in [null, {}, {"privileged": true}] {
		found := security.malformed with input as make.pod({"securityContext": context, "containers": [{"securityContext": context}]}, {})
		found == set()
	}
	not security.odd with input as make.container({"securityContext": {}}, {})
	every context in ["x", [], 5, true] {
		pod := security.malformed with input as make.pod({"securityContext": context}, {})
		make.paths(pod) == {"spec.securityContext"}
		containers := security.malformed with input as make.everywhere({"securityContext": context}, {})
		make.paths(containers) == make.paths_everywhere("securityContext")
	}
}
