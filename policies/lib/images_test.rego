package lib.images_test

import data.lib.images

digest := concat("", ["sha256:", sprintf("%064d", [7])])

cases := {
	"nginx": ["docker.io", "docker.io/library/nginx", "", ""],
	"nginx:1.29": ["docker.io", "docker.io/library/nginx", "1.29", ""],
	"nginx:": ["docker.io", "docker.io/library/nginx", "", ""],
	"acme/web:v1": ["docker.io", "docker.io/acme/web", "v1", ""],
	"docker.io/nginx": ["docker.io", "docker.io/library/nginx", "", ""],
	"index.docker.io/nginx:1": ["docker.io", "docker.io/library/nginx", "1", ""],
	"docker.io/acme/web": ["docker.io", "docker.io/acme/web", "", ""],
	"registry.io:5000/img": ["registry.io:5000", "registry.io:5000/img", "", ""],
	"host:5000/team/img:2": ["host:5000", "host:5000/team/img", "2", ""],
	"localhost/img:2": ["localhost", "localhost/img", "2", ""],
	"localhost:5000": ["docker.io", "docker.io/library/localhost", "5000", ""],
	"GHCR.io/acme/web:1": ["ghcr.io", "ghcr.io/acme/web", "1", ""],
	"Registry/web:1": ["registry", "registry/web", "1", ""],
	"ghcr.io/a/b/c/d:x.y_z-1": ["ghcr.io", "ghcr.io/a/b/c/d", "x.y_z-1", ""],
	"[fd00::1]:5000/img:1": ["[fd00::1]:5000", "[fd00::1]:5000/img", "1", ""],
}

test_parse if {
	every reference, want in cases {
		images.parse(reference) == {"registry": want[0], "repository": want[1], "tag": want[2], "digest": want[3]}
	}
}

test_parse_digest if {
	every name, want in {
		"nginx": ["docker.io", "docker.io/library/nginx", ""],
		"host:5000/img:2": ["host:5000", "host:5000/img", "2"],
	} {
		images.parse(concat("@", [name, digest])) == {"registry": want[0], "repository": want[1], "tag": want[2], "digest": digest}
	}
	images.parse(sprintf("a@sha384:%096d", [7])).tag == ""
	images.parse(sprintf("a@sha512:%0128d", [7])).tag == ""
}

test_digested if {
	images.digested(concat("@", ["host:5000/img:2", digest]))
	every reference in ["nginx", "nginx@sha256:abc", "a b", 5, null, concat("@", ["", digest]), concat("", ["nginx@", digest, "0"])] {
		not images.digested(reference)
	}
}

test_not_a_reference if {
	every reference in [
		"", " ", "a b", "nginx@", "nginx\n", "a@b@c", concat("@", ["", digest]), "nginx@sha256:abc", "nginx@sha256:",
		concat("", ["nginx@", digest, "0"]), concat("", ["nginx@md5:", digest]), sprintf("a@sha256:%064X", [10]), 5, null, true, ["nginx"],
	] {
		not images.parse(reference)
	}
}

test_unreadable if {
	images.unreadable("") == "names no image"
	images.unreadable(null) == "names no image"
	images.unreadable(5) == "image is a number, want a string"
	images.unreadable(["nginx"]) == "image is a list, want a string"
	images.unreadable("nginx@sha256:abc") == "nginx@sha256:abc is no image reference"
	not images.unreadable("nginx")
}

test_within if {
	every repository, allowed in {
		"docker.io/library/nginx": ["nginx", "docker.io", "docker.io/library", "library/nginx", "index.docker.io"],
		"docker.io/acme/web": ["acme/web", "docker.io/acme", "docker.io", "docker.io/acme/"],
		"ghcr.io/acme/web/edge": ["ghcr.io", "GHCR.io/acme", "ghcr.io/acme/web"],
		"host:5000/img": ["host:5000", "host:5000/", "host:5000/img"],
	} {
		every place in allowed {
			images.within(repository, place) == true
		}
	}
}

test_not_within if {
	every repository, refused in {
		"docker.io/library/nginx": ["library", "acme", "nginx:1", "docker.io/nginx", "docker.io/library/ngin"],
		"docker.io/acme/web": ["acme", "web", "docker.io/acme/we", "docker.io/library", "ghcr.io", ""],
		"registry.io/acme-evil/x": ["registry.io/acme", "registry.io/acme/", "registry.i"],
		"registry.io.evil.com/acme/x": ["registry.io", "registry.io/acme"],
		"host:5000/img": ["host", "host:500", "host:50000"],
	} {
		every place in refused {
			not images.within(repository, place)
		}
	}
}
