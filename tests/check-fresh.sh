#!/bin/sh
# make check-fresh: the README's two commands in a bare Debian 12 that has gcc,
# make and git and nothing else, on a clone of the committed HEAD. What they need
# beyond that they must install themselves; apt works inside as it does here.
# Prints "N passed, M failed". Where nobody is root it is counted as skipped,
# under CI=true as failed. FRESH_TARGET=x runs "make x" instead of the README's.
set -eu
cd "$(dirname "$0")/.."

cannot() {
	echo "check-fresh: $1" >&2
	if [ "${CI-}" = true ]; then
		echo "0 passed, 1 failed"
		exit 1
	fi
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

[ "$(id -u)" = 0 ] || cannot "needs root to change root"
unshare --mount --pid --fork true 2>/dev/null || cannot "may not unshare"
# shellcheck source=/dev/null
[ "$(. /etc/os-release && echo "$ID${VERSION_ID-}")" = debian12 ] ||
	cannot "needs the package sources of a Debian 12"
deploy/install-deps.sh --check

# The two commands, as the README gives them.
readme() {
	awk '
	{ sub(/^[ \t]*(\$ )?/, "") }
	/^git clone / { print "git clone /srv/tiendo.git"; cloned = 1 }
	cloned && /make demo/ { print "cd tiendo && make demo"; exit }
	' README.md 2>/dev/null || true
}
if [ -n "${FRESH_TARGET-}" ]; then
	commands="git clone /srv/tiendo.git
cd tiendo && make $FRESH_TARGET"
else
	commands=$(readme)
	[ "$(printf '%s\n' "$commands" | wc -l)" = 2 ] || {
		echo "check-fresh: README.md names no git clone and make demo"
		echo "0 passed, 1 failed"
		exit 1
	}
fi

# apt's own sources and settings for reaching them, as this machine has them.
settings() {
	apt-config dump | grep -iE \
		'^Acquire::(http|https|ftp|tor)::|^Acquire::(Retries|Languages)' |
		grep -viE 'Proxy-Auto-Detect' || true
}
sources=$(find /etc/apt/sources.list /etc/apt/sources.list.d -type f \
	\( -name '*.list' -o -name '*.sources' \) 2>/dev/null || true)

cache=/var/tmp/tiendo-fresh-$(id -u)
[ -d "$cache" ] || mkdir -m 700 "$cache"
[ -O "$cache" ] || cannot "$cache is somebody else's"
name=$({
	settings
	cat $sources
} | sha256sum | cut -c 1-16)
tarball=$cache/bookworm-$name.tar
find "$cache" -name '*.tar' -mtime +7 -delete
root=$(mktemp -d "$cache/root.XXXXXX")
# All mounts are made in a namespace that ends with the commands.
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 1' INT TERM HUP

if [ ! -e "$tarball" ]; then
	settings >"$root.conf"
	mmdebstrap --quiet --format=tar --variant=minbase --aptopt="$root.conf" \
		--include=gcc,libc6-dev,make,git,ca-certificates \
		bookworm "$tarball.new" $sources
	rm -f "$root.conf"
	mv "$tarball.new" "$tarball"
fi
tar -xf "$tarball" -C "$root"

rm -f "$root/etc/apt/sources.list"
for f in $sources; do
	cp "$f" "$root$f"
done
settings >"$root/etc/apt/apt.conf.d/90host"
for f in $(settings | sed -n 's/.*"\(\/[^"]*\)".*/\1/p') \
    /usr/share/keyrings/*.gpg /etc/apt/keyrings/* /etc/apt/trusted.gpg.d/* \
    /usr/local/share/ca-certificates/*.crt \
    /etc/ssl/certs/ca-certificates.crt /etc/resolv.conf; do
	[ -f "$f" ] || continue
	mkdir -p "$root${f%/*}"
	cp -L "$f" "$root$f"
done
git clone -q --bare . "$root/srv/tiendo.git"

start=$(date +%s)
code=0
ROOT=$root COMMANDS=$commands unshare --mount --pid --fork --kill-child \
	sh -eu -c '
	mount -t proc proc "$ROOT/proc"
	mount -t tmpfs -o mode=755 dev "$ROOT/dev"
	for f in null zero full random urandom tty; do
		: >"$ROOT/dev/$f"
		mount --bind "/dev/$f" "$ROOT/dev/$f"
	done
	mkdir -m 1777 "$ROOT/dev/shm"
	ln -s /proc/self/fd "$ROOT/dev/fd"
	chroot "$ROOT" /usr/bin/env -i PATH="$PATH" HOME=/root LC_ALL=C.UTF-8 \
		http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
		no_proxy="${no_proxy-}" sh -eu -c "cd /root; $COMMANDS"
' </dev/null || code=$?

printf '%s\n' "$commands" | sed 's/^/check-fresh: /'
echo "check-fresh: exit $code after $(($(date +%s) - start)) s"
if [ $code = 0 ]; then
	echo "1 passed, 0 failed"
else
	echo "0 passed, 1 failed"
	exit 1
fi
