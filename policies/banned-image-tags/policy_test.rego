package banned_image_tags_test

import data.banned_image_tags
import data.lib.review_test as make

latest := {"tags": ["latest"]}

digest := sprintf("sha256:%064d", [7])

judged(image) := found if {
	found := make.messages(banned_image_tags.violation) with input as make.pod({"containers": [{"name": "a", "image": image}]}, latest)
}

test_accepted if {
	every image in [
		"nginx:1.29.4", "acme/web:v1", "host:5000/img:2", "nginx:latest-alpine", "nginx:Latest",
		concat("@", ["nginx", digest]), concat("@", ["nginx:latest", digest]), "latest:1",
	] {
		count(judged(image)) == 0
	}
}

test_refused if {
	judged("nginx") == {`container "a": image nginx has no tag`}
	judged("nginx:") == {`container "a": image nginx: has no tag`}
	judged("host:5000/img") == {`container "a": image host:5000/img has no tag`}
	judged("nginx:latest") == {`container "a": image nginx:latest has the banned tag latest`}
	judged("host:5000/img:latest") == {`container "a": image host:5000/img:latest has the banned tag latest`}
	judged("") == {`container "a": names no image`}
	judged("ng inx:1") == {`container "a": ng inx:1 is no image reference`}
	judged("nginx@sha256:abc") == {`container "a": nginx@sha256:abc is no image reference`}
	judged(5) == {`container "a": image is a number, want a string`}
	judged(null) == {`container "a": names no image`}
}

test_no_image if {
	refused := banned_image_tags.violation with input as make.pod({"containers": [{"name": "a"}]}, latest)
	make.messages(refused) == {`container "a": names no image`}
}

test_tags_are_a_parameter if {
	spec := {"containers": [{"name": "a", "image": "nginx:edge"}, {"name": "b", "image": "nginx:latest"}]}
	refused := banned_image_tags.violation with input as make.pod(spec, {"tags": ["edge", "main"]})
	make.paths(refused) == {"spec.containers[0].image"}
}

test_no_tag_is_refused_whatever_the_parameters if {
	every parameters in [{}, {"tags": []}, {"tags": [""]}] {
		refused := banned_image_tags.violation with input as make.pod({"containers": [{"name": "a", "image": "nginx"}]}, parameters)
		count(refused) == 1
	}
}

test_every_container_with_its_path if {
	spec := {
		"initContainers": [{"name": "i", "image": "x"}],
		"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "x:latest"}],
		"ephemeralContainers": [{"name": "e", "image": "x"}],
	}
	refused := banned_image_tags.violation with input as make.cronjob(spec, latest)
	{[v.details.container, v.details.path] | some v in refused} == {
		["i", "spec.jobTemplate.spec.template.spec.initContainers[0].image"],
		["b", "spec.jobTemplate.spec.template.spec.containers[1].image"],
		["e", "spec.jobTemplate.spec.template.spec.ephemeralContainers[0].image"],
	}
}
