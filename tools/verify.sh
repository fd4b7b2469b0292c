#!/bin/sh
# Builds the release of VERSION a second time, in a clone of the commit and without anything that was compiled before, and
# compares what users download with that of dist/: verify.sh VERSION.
set -eu
cd "$(dirname "$0")/.."

if ! git diff --quiet HEAD --; then
	echo 'tracked files differ from the commit, which is what the second build is made from: commit first' >&2
	exit 1
fi
again=$(mktemp -d)
trap 'chmod -R u+w "$again"; rm -rf "$again"' EXIT
git clone --quiet . "$again/clone"
GOCACHE=$again/cache make -C "$again/clone" release VERSION="$1"

# checksums.txt names everything that is downloaded, and the list of the images' digests.
cd "$again/clone/dist"
sha256sum --check --quiet "$OLDPWD/dist/checksums.txt"
diff "$OLDPWD/dist/checksums.txt" checksums.txt
echo "the second build has the same $(wc -l <checksums.txt) files"
