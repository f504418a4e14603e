#!/bin/sh
# make check: everything that must hold before a change is taken, at most 12
# minutes on two cores. A part is one line; what counts and what is printed is
# described in parts.sh. Later parts need what earlier ones built.
set -eu
cd "$(dirname "$0")/.."

j=-j$(nproc)
make="make --no-print-directory"
tests/parts.sh <<T
packages      deploy/install-deps.sh --build --check
gcc           $make -k $j all objects units
clang         $make -k $j CC=clang B=${B:-build}/clang CFLAGS=-O0 HARDEN= objects
lint          $make $j lint
unit          $make unit
asan          $make asan
integration   $make integration
kill9         $make kill9 KILLS=40
sim           $make $j ${B:-build}/sim/sim && ${B:-build}/sim/sim --seconds 60 --min-seeds 3000 --jobs 2
sim-bugs      $make $j sim-bugs
oracle        $make $j ${B:-build}/oracle/oracle && $make ORACLE_SEEDS=2 oracle
oracle-bugs   $make $j oracle-bugs
T
