#!/bin/sh
# certs.sh DIR - an authority and certificates of servers, for tests of TLS:
#   ca.pem, and NAME.pem with NAME.key: good (good.test, 127.0.0.1), expired (the
#   same names, ended yesterday), stranger (the same names, of nobody's authority).
set -eu
cd "$1"
names="subjectAltName=DNS:good.test,DNS:localhost,IP:127.0.0.1"

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

leaf() { # leaf NAME AUTHORITY DAYS
	key "$1.key"
	openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
	printf '%s\n' "$names" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" \
		-CAcreateserial -days "$3" -extfile "$1.ext" -out "$1.pem"
}

{
	for name in ca other; do
		key $name.key
		openssl req -x509 -key $name.key -subj "/CN=Test $name" -days 2 \
			-out $name.pem
	done
	leaf good ca 2
	leaf expired ca -1
	leaf stranger other 2
} >log 2>&1 || {
	cat log >&2
	exit 1
}
