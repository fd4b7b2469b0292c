package seccomp_test

import data.lib.review_test as make
import data.seccomp

defaults := {"allowed": ["RuntimeDefault", "Localhost/*"]}

of_container(profile, parameters) := found if {
	found := seccomp.violation with input as make.context({"seccompProfile": profile}, parameters)
}

of_pod(profile) := found if {
	found := seccomp.violation with input as make.pod({"securityContext": {"seccompProfile": profile}}, defaults)
}

test_accepted if {
	every profile in [null, {"type": "RuntimeDefault"}, {"type": "Localhost", "localhostProfile": "profiles/x.json"}] {
		count(of_container(profile, defaults)) == 0
		count(of_pod(profile)) == 0
	}
	bare := seccomp.violation with input as make.container({}, defaults)
	count(bare) == 0
}

test_refused if {
	of_container({"type": "Unconfined"}, defaults) == {{
		"msg": `container "a": the seccomp profile is "Unconfined", which is not allowed`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.seccompProfile.type"},
	}}
	make.paths(of_pod({"type": "Unconfined"})) == {"spec.securityContext.seccompProfile.type"}
	every profile in [{}, {"type": null}, {"type": "unconfined"}] {
		count(of_container(profile, defaults)) == 1
	}
}

test_parameters if {
	one := {"allowed": ["Localhost/profiles/*"]}
	count(of_container({"type": "Localhost", "localhostProfile": "profiles/a/b.json"}, one)) == 0
	count(of_container({"type": "Localhost", "localhostProfile": "b.json"}, one)) == 1
	count(of_container({"type": "RuntimeDefault"}, one)) == 1
	count(of_container({"type": "RuntimeDefault"}, {})) == 1
}

test_every_list_of_containers if {
	refused := seccomp.violation with input as make.everywhere({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, defaults)
	make.paths(refused) == make.paths_everywhere("securityContext.seccompProfile.type")
}

test_wrong_types if {
	make.messages(of_container("x", defaults)) == {`container "a": seccompProfile is a string, want a map`}
	make.paths(of_container({"type": 5}, defaults)) == {"spec.template.spec.containers[0].securityContext.seccompProfile.type"}
	make.paths(of_container({"type": "Unconfined", "localhostProfile": 5}, defaults)) == {"spec.template.spec.containers[0].securityContext.seccompProfile.type"}
	make.messages(of_container({"type": "Localhost", "localhostProfile": 5}, defaults)) == {`container "a": localhostProfile is a number, want a string`}
}

test_malformed if {
	found := seccomp.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
