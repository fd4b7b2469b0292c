package allowed_repos_test

import data.allowed_repos
import data.lib.review_test as make

judged(images, repos) := found if {
	found := allowed_repos.violation with input as make.deployment(
		{"containers": [{"name": "a", "image": image} | some image in images]},
		{"repos": repos},
	)
}

test_accepted if {
	count(judged(["registry.io/acme/web:1", sprintf("registry.io/acme@sha256:%064d", [7]), "registry.io/acme/a/b"], ["registry.io/acme"])) == 0
	count(judged(["registry.io/acme/web:1"], ["registry.io/acme/"])) == 0
	count(judged(["ghcr.io/x/y:1", "nginx:1"], ["ghcr.io", "nginx"])) == 0
	count(judged(["nginx", "docker.io/nginx:1", "docker.io/library/nginx:1"], ["docker.io/library"])) == 0
	count(judged(["host:5000/img"], ["host:5000"])) == 0
}

test_refused_past_the_boundary if {
	count(judged(["registry.io/acme-evil/x:1"], ["registry.io/acme"])) == 1
	count(judged(["registry.io.evil.com/acme/x:1"], ["registry.io"])) == 1
	count(judged(["evil/nginx:1"], ["nginx"])) == 1
	count(judged(["host:5000/img"], ["host"])) == 1
}

test_refused_with_path_and_reason if {
	judged(["ghcr.io/acme/web:1", "evil.io/web:1"], ["ghcr.io/acme", "nginx"]) == {{
		"msg": `container "a": image "evil.io/web:1" is not from an allowed repository (ghcr.io/acme, nginx)`,
		"details": {"container": "a", "path": "spec.template.spec.containers[1].image"},
	}}
}

test_refused_when_there_is_no_reference if {
	make.messages(judged(["", "a b", "nginx@sha256:abc", 5], ["docker.io"])) == {
		`container "a": names no image`,
		`container "a": a b is no image reference`,
		`container "a": nginx@sha256:abc is no image reference`,
		`container "a": image is a number, want a string`,
	}
	refused := allowed_repos.violation with input as make.pod({"containers": [{"name": "a"}]}, {"repos": ["docker.io"]})
	count(refused) == 1
}

test_an_empty_list_allows_all if {
	count(judged(["evil.io/web:1"], [])) == 0
	every parameters in [{}, {"repos": []}] {
		found := allowed_repos.violation with input as make.pod({"containers": [{"name": "a", "image": "x"}]}, parameters)
		count(found) == 0
	}
}

test_every_list_of_containers if {
	one := [{"name": "a", "image": "evil.io/x"}]
	spec := {"initContainers": one, "containers": one, "ephemeralContainers": one}
	refused := allowed_repos.violation with input as make.pod(spec, {"repos": ["good.io"]})
	make.paths(refused) == {
		"spec.initContainers[0].image",
		"spec.containers[0].image",
		"spec.ephemeralContainers[0].image",
	}
}
