#!/bin/sh
# Who may include whom. The arrows go one way:
#   base <- proto <- domain <- formats <- services; client, serve <- services
# Run at the root of the tree; prints every include that goes another way.
# The first line of the table whose pattern matches a file decides:
#   file | own headers it may include | libraries it may include
# self is the service's own folder, self_io its edges, any everything in common
# and proto, store_parts the files that the store is cut into, judge the part of
# alert that judges and fold aggregate's step, which what-if runs in the client.
# Headers of libc stand in no table.
set -eu

rules() {
	cat <<'R'
^common/base/(loop|sock)\.c$         base zmq
^common/base/store\.h$               base -
^common/base/store(_[a-z]+)?\.[ch]$  base|store_parts lmdb
^common/base/http\.c$                base microhttpd
^common/base/conf\.c$                base yaml
^common/base/buf\.c$                 base xxhash
^common/base/                        base -
^proto/codec\.c$                     err|buf|map|proto msgpack
^proto/                              err|buf|map|proto -
^common/domain/                      err|buf|map|proto|domain -
^common/formats/                     err|buf|map|proto|domain|formats csv|jansson|yaml
^common/serve/                       base|proto|serve -
^common/client/                      base|proto|client -
^services/[a-z]+/(main|tables)\.c$   any|self|self_io -
^services/alert/post(_url)?_io\.c$   any|self|self_io curl
^services/alert/sign_io\.c$          self|self_io|buf sodium
^services/[a-z]+/[a-z_]+_io\.[ch]$   any|self|self_io -
^services/alert/sink_json\.c$        escape|buf|domain|self -
^services/(ingest|aggregate|alert)/  err|buf|map|kv|journal|turn|proto|domain|self -
^services/ctl/whatif(_view)?\.[ch]$   any|self|judge -
^services/ctl/rehearsal\.c$          any|self|fold -
^services/ctl/tar\.c$               any|self zlib
^services/                           any|self|self_io -
R
}

find common proto services -name '*.[ch]' | sort | xargs grep -HnE \
	'^[ 	]*#[ 	]*include' /dev/null |
awk -v rules="$(rules)" '
# The group a header belongs to, in the words of the table.
function group(inc, svc,    name)
{
	if (inc ~ /^common\/base\/(err|buf|map|kv|journal|turn|escape)\.h$/) {
		name = inc
		gsub(/^common\/base\/|\.h$/, "", name)
		return name
	}
	if (inc ~ /^common\/base\/store_[a-z]+\.h$/)
		return "store_parts"
	if (inc ~ /^common\/[a-z]+\//) {
		split(inc, part, "/")
		return part[2]
	}
	if (inc ~ /^proto\//)
		return "proto"
	if (svc == "ctl" && inc ~ /^services\/alert\/alert(_eval)?\.h$/)
		return "judge"
	if (svc == "ctl" && inc == "services/aggregate/aggregate.h")
		return "fold"
	if (inc ~ "^services/" svc "/[a-z_]+_io\\.h$")
		return "self_io"
	if (inc ~ "^services/" svc "/[a-z_]+\\.h$")
		return "self"
	return "nobody"
}

function allowed(g, words,    n, i, word)
{
	n = split(words, word, "|")
	for (i = 1; i <= n; i++) {
		if (word[i] == g)
			return 1
		if (word[i] == "base" && g ~ /^(err|buf|map|kv|journal|turn|escape)$/)
			return 1
		if (word[i] == "any" && g !~ /^(self|self_io|store_parts|judge|fold|nobody)$/)
			return 1
	}
	return 0
}

BEGIN {
	n_rules = split(rules, line, "\n")
	for (i = 1; i <= n_rules; i++) {
		split(line[i], f, " ")
		pattern[i] = f[1]; own[i] = f[2]; library[i] = f[3]
	}
	libraries = "^(zmq|lmdb|msgpack|yaml|csv|jansson|microhttpd|xxhash|" \
		"sodium|zlib|zstd|utf8proc|cmocka|pthread|threads)(\\.h|/)|^curl/"
}

{
	file = $0; sub(/:.*/, "", file)
	inc = $0; sub(/^[^<"]*[<"]/, "", inc); sub(/[>"].*/, "", inc)
	quoted = $0 ~ /include[ \t]*"/
	svc = ""
	if (file ~ /^services\//) {
		split(file, part, "/")
		svc = part[2]
	}
	for (r = 1; r <= n_rules; r++)
		if (file ~ pattern[r])
			break
	if (r > n_rules)
		ok = 0
	else if (inc ~ libraries) {
		name = inc
		sub(/(\.h|\/).*/, "", name)
		ok = allowed(name, library[r])
	} else if (quoted)
		ok = allowed(group(inc, svc), own[r])
	else
		ok = 1
	if (!ok) {
		place = $0
		match(place, /^[^:]*:[0-9]+/)
		print substr(place, 1, RLENGTH) ": may not include " inc
		bad = 1
	}
}

END { exit bad }
'
