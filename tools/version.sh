#!/bin/sh
# Prints the version of the checkout as semantic version: the nearest tag, or without one v0.0.0-TIME-COMMIT as Go names an
# untagged commit; `+dirty` is appended where tracked files differ from it. Outside git it prints v0.0.0-unknown, and so it does where the
# folder only lies in a git repository of something else.
set -eu
cd "$(dirname "$0")/.."
GIT_CEILING_DIRECTORIES=$(cd .. && pwd -P)
export GIT_CEILING_DIRECTORIES

version=$(git describe --tags --match 'v[0-9]*' --abbrev=12 2>/dev/null) ||
	version=$(TZ=UTC0 git log -1 --abbrev=12 --date=format-local:%Y%m%d%H%M%S --format=v0.0.0-%cd-%h 2>/dev/null) || {
	echo v0.0.0-unknown
	exit
}
git diff --quiet HEAD -- || version=$version+dirty
echo "$version"
