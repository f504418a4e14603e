#!/bin/sh
# Installs what building (--build) or testing (--check) Tiendo needs, and only
# what is missing: never a package whose file is already there (a library may
# come from elsewhere), never at the price of removing another package.
# Root is needed only when something is missing. --list prints what is missing.
set -eu

# set | what must be there | Debian package that brings it
table() {
	cat <<'T'
build cmd:gcc           gcc
build cmd:make          make
build hdr:stdio.h       libc6-dev
build hdr:zmq.h         libzmq3-dev
build hdr:lmdb.h        liblmdb-dev
build hdr:msgpack.h     libmsgpack-dev
build hdr:yaml.h        libyaml-dev
build hdr:csv.h         libcsv-dev
build hdr:jansson.h     libjansson-dev
build hdr:microhttpd.h  libmicrohttpd-dev
build hdr:xxhash.h      libxxhash-dev
build hdr:curl/curl.h   libcurl4-openssl-dev
build hdr:sodium.h      libsodium-dev
build hdr:zlib.h        zlib1g-dev
check hdr:cmocka.h      libcmocka-dev
check cmd:git           git
check cmd:nm            binutils
check cmd:clang         clang
check cmd:clang-tidy    clang-tidy
check cmd:clang-format  clang-format
check cmd:cppcheck      cppcheck
check cmd:valgrind      valgrind
check any:/usr/lib/postgresql/*/bin/initdb postgresql
check cmd:curl          curl
check cmd:unshare       util-linux
check cmd:mmdebstrap    mmdebstrap
check cmd:openssl       openssl
check cmd:prometheus    prometheus
check cmd:prometheus-alertmanager prometheus-alertmanager
check cmd:python3       python3
check py:zmq            python3-zmq
check py:msgpack        python3-msgpack
T
}

# There is a second python3 in many a PATH; tests call Debian's own.
have() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	hdr:*)
		for dir in /usr/include /usr/local/include \
		    "/usr/include/$(uname -m)-linux-gnu"; do
			[ -e "$dir/${1#hdr:}" ] && return 0
		done
		return 1
		;;
	any:*)
		for file in ${1#any:}; do
			[ -e "$file" ] && return 0
		done
		return 1
		;;
	pkg:*) pkg-config --exists "${1#pkg:}" 2>/dev/null ;;
	py:*) /usr/bin/python3 -c "import ${1#py:}" >/dev/null 2>&1 ;;
	esac
}

missing() {
	table | while read -r set what package; do
		case " $* " in
		*" --$set "*) have "$what" || echo "$package" ;;
		esac
	done | sort -u
}

install() {
	if [ "$(id -u)" = 0 ]; then
		as_root=
	elif command -v sudo >/dev/null 2>&1; then
		as_root=sudo
	else
		echo "install-deps: not root; as root: apt-get install $*" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	$as_root apt-get -qq -o DPkg::Lock::Timeout=300 update
	$as_root apt-get -qq -y -o DPkg::Lock::Timeout=300 \
		--no-remove --no-install-recommends install "$@"
}

case " $* " in
*" --build "* | *" --check "*) ;;
*)
	echo "usage: install-deps.sh [--list] --build|--check ..." >&2
	exit 64
	;;
esac

packages=$(missing "$@")
[ -n "$packages" ] || exit 0
case " $* " in
*" --list "*)
	echo "$packages"
	exit 0
	;;
esac
echo "install-deps: installing" $packages >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install $packages >"$log" 2>&1 || {
	cat "$log" >&2
	exit 1
}
left=$(missing "$@")
[ -z "$left" ] || {
	echo "install-deps: still missing after installing:" $left >&2
	exit 1
}
