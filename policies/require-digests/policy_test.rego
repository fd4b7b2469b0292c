package require_digests_test

import data.lib.review_test as make
import data.require_digests

digest := sprintf("sha256:%064d", [7])

judged(image, except) := found if {
	found := require_digests.violation with input as make.deployment(
		{"containers": [{"name": "a", "image": image}]},
		{"except": except},
	)
}

test_accepted if {
	every image in ["nginx", "nginx:1.29", "host:5000/acme/web"] {
		count(judged(sprintf("%s@%s", [image, digest]), [])) == 0
	}
}

test_refused_without_a_digest if {
	judged("nginx:1.29", []) == {{
		"msg": `container "a": image nginx:1.29 has no digest`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].image"},
	}}
}

test_refused_with_what_is_no_digest if {
	make.messages(judged("nginx@sha256:abc", [])) == {`container "a": nginx@sha256:abc is no image reference`}
	make.messages(judged(5, [])) == {`container "a": image is a number, want a string`}
	make.messages(judged("", [])) == {`container "a": names no image`}
}

test_excepted_up_to_the_boundary if {
	count(judged("ghcr.io/acme/web:1", ["ghcr.io/acme"])) == 0
	count(judged("ghcr.io/acme-evil/web:1", ["ghcr.io/acme"])) == 1
	make.messages(judged("ghcr.io/acme@sha256:abc", ["ghcr.io/acme"])) == {`container "a": ghcr.io/acme@sha256:abc is no image reference`}
}

test_every_list_of_containers if {
	one := [{"name": "a", "image": "nginx:1"}]
	spec := {"initContainers": one, "containers": one, "ephemeralContainers": one}
	refused := require_digests.violation with input as make.pod(spec, {})
	make.paths(refused) == {"spec.initContainers[0].image", "spec.containers[0].image", "spec.ephemeralContainers[0].image"}
}

test_a_list_of_a_wrong_type if {
	refused := require_digests.violation with input as make.pod({"containers": "web"}, {})
	make.messages(refused) == {"spec.containers is a string, want a list"}
}
