#!/bin/sh
# Downloads Debian's packages for the image of the plugin into dist/packages, for every architecture, where apt-get is; nothing
# is installed, and it needs no root. packages.lock lists them with their checksums, so that one commit has one image. The
# versions in it that Debian has replaced since, mostly for security's sake, are replaced here too, with a word;
# `packages.sh lock` writes the list anew.
set -eu
lock=$(cd "$(dirname "$0")" && pwd)/packages.lock
mkdir -p "$(dirname "$0")/../../dist/packages"
cd "$(dirname "$0")/../../dist/packages"

if [ "${1-}" != lock ] && sha256sum --status --check "$lock" 2>/dev/null; then
	exit
fi
if ! command -v apt-get >/dev/null; then
	echo 'there is no apt-get, so the image of the plugin is left out' >&2
	rm -f ./*.deb
	exit
fi
# apt-get knows the packages of its own system, and those of others do not fit together.
system=$(. "${OS_RELEASE:-/etc/os-release}" && echo "${ID-} ${VERSION_CODENAME-}")
if [ "$system" != 'debian bookworm' ]; then
	echo "the image of the plugin holds packages of Debian 12 (bookworm), which this system ($system) does not have" >&2
	echo 'run make in a container of Debian 12, such as the one that .github/workflows/test.yaml names' >&2
	exit 1
fi

rm -rf ./*.deb apt
for arch in amd64 arm64; do
	state=$PWD/apt/$arch
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	apt() {
		apt-get -q -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" -o APT::Sandbox::User= \
			-o APT::Architecture=$arch -o APT::Architectures::=$arch -o Acquire::Languages=none -o Acquire::Retries=3 "$@" >/dev/null
	}
	apt update
	# NAME_VERSION_ARCH.deb, where the version's colon is %3a.
	names=$(sed -n "s/^.*  \([^_]*\)_.*_\($arch\|all\)\.deb$/\1/p" "$lock")
	versions=$(sed -n "s/^.*  \([^_]*\)_\([^_]*\)_\($arch\|all\)\.deb$/\1=\2/p" "$lock" | sed 's/%3a/:/')
	if [ "${1-}" = lock ] || ! apt download $versions 2>/dev/null; then
		apt download $names
	fi
done
rm -rf apt

if [ "${1-}" = lock ]; then
	sha256sum ./*.deb | sed 's/ \.\// /' >"$lock"
elif ! sha256sum --quiet --check "$lock" 2>/dev/null; then
	echo 'Debian has other versions than tools/images/packages.lock; write it anew with: tools/images/packages.sh lock' >&2
fi
