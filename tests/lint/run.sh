#!/bin/sh
# run.sh lint|lint-quick BUILD_DIR: all rules over the tree, or only those that
# take seconds together. A rule is one script that prints each place where it is
# broken and exits 1; selftest.sh breaks each of them and must see it.
set -eu
cd "$(dirname "$0")/../.."

export B="$2"
l=tests/lint
{
	cat <<-T
	layers        $l/layers.sh
	banned        $l/banned.sh
	sizes         $l/sizes.sh
	format        $l/format.sh
	headers       $l/headers.sh
	purity        $l/purity.sh $B
	sections      $l/sections.sh $B
	spec          $l/spec.sh $B
	T
	[ "$1" = lint-quick ] || cat <<-T
	selftest      $l/selftest.sh
	cppcheck      $l/cppcheck.sh
	tidy          $l/tidy.sh
	T
} | tests/parts.sh
