# METADATA
# title: Image references
# description: >-
#   Takes an image reference apart as container runtimes do. The first part is a registry when it has a dot, a colon or an
#   upper-case letter or is localhost; without one the image is Docker Hub's, and a single name there is of its library.
package lib.images

import data.lib.types

# unreadable says what is wrong with a container's image that is no reference; undefined for one that is.
unreadable(image) := "names no image" if image in {null, ""}

unreadable(image) := concat(" ", ["image", types.misfit(image, "string")])

unreadable(image) := sprintf("%s is no image reference", [image]) if {
	is_string(image)
	image != ""
	not parse(image)
}

# digested is true of a reference with a digest as nearly all are, which costs little to find out; false says nothing.
digested(image) if {
	is_string(image)
	regex.match(`^[^\s@]+@sha256:[0-9a-f]{64}$`, image)
}

# parse returns registry, repository (with the registry, as `docker.io/library/nginx`), tag and digest; what the
# reference does not say is "". What cannot be a reference (empty, with white space, with a digest that is none) is undefined.
parse(reference) := {
	"registry": full.registry,
	"repository": concat("/", [full.registry, full.path]),
	"tag": tag(name),
	"digest": trim_prefix(trim_prefix(reference, name), "@"),
} if {
	is_string(reference)
	regex.match(`^[^\s@]+(@(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?$`, reference)
	name := split(reference, "@")[0]
	full := qualify(trim_suffix(trim_suffix(name, tag(name)), ":"))
}

# within tells whether a repository is the allowed place or lies below it. Allowed is a registry (`ghcr.io`), a path in one
# (`ghcr.io/acme`, `docker.io/library`), or a short name of a Docker Hub repository (`nginx`, `acme/web`).
within(repository, allowed) if {
	place := boundary(trim_right(allowed, "/"))
	startswith(concat("", [repository, "/"]), concat("", [place, "/"]))
}

# After a registry a path is taken as written: docker.io/acme is everything of acme, not the library's image.
boundary(allowed) := concat("/", array.concat([hub(parts[0])], array.slice(parts, 1, count(parts)))) if {
	parts := split(allowed, "/")
	is_host(parts[0])
} else := concat("/", [full.registry, full.path]) if full := qualify(allowed)

# A colon in the last part begins the tag; one in an earlier part is a registry's port.
tag(name) := substring(last, indexof(last, ":") + 1, -1) if {
	last := regex.replace(name, `^.*/`, "")
	contains(last, ":")
} else := ""

# qualify writes out the registry and the library, which a short name leaves to the runtime.
qualify(name) := {"registry": registry, "path": library(registry, path)} if {
	parts := split(name, "/")
	count(parts) > 1
	is_host(parts[0])
	registry := hub(parts[0])
	path := concat("/", array.slice(parts, 1, count(parts)))
} else := {"registry": "docker.io", "path": library("docker.io", name)}

is_host("localhost")

is_host(part) if regex.match(`[.:A-Z]`, part)

# Docker Hub goes by an older name too, and host names do not tell upper from lower case.
hub(host) := "docker.io" if {
	lower(host) == "index.docker.io"
} else := lower(host)

library("docker.io", path) := concat("/", ["library", path]) if {
	not contains(path, "/")
} else := path

library(registry, path) := path if registry != "docker.io"
