#!/bin/sh
# cppcheck over the product's sources. What was analysed is kept in build/lint
# by file, so a second run reads only what changed. Run at the root of the tree.
# uninitStructMember does not follow "out-parameters untouched on failure"; the
# compilers and clang's analyzer do.
set -eu

cache=${B:-build}/lint/cppcheck
mkdir -p "$cache"
files=$(find common proto services -name '*.c' 2>/dev/null | sort)
[ -n "$files" ] || exit 0
cppcheck --quiet -j 2 --cppcheck-build-dir="$cache" --std=c11 -I. \
	-D_GNU_SOURCE --enable=warning,performance,portability \
	--inline-suppr --suppress=missingIncludeSystem \
	--suppress=uninitStructMember --error-exitcode=1 \
	--template='{file}:{line}: {severity}: {message} [{id}]' $files
