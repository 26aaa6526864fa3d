#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: tests/sim/hash.sh BUILD...: one seed decides everything. Runs some seeds of each family by
# the simulation of each build directory: every trace must have the same hash in all of them. Those
# called build-clang and build-clang-asan are made when they are missing. TAP.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

make_with_clang() { # BUILD
    local options=(-Dsandbox=disabled)

    case $1 in *-asan) options+=(-Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debug) ;; esac
    [ -f "$1/build.ninja" ] || CC=clang meson setup "$1" "${options[@]}" || return 1
    ninja -C "$1" tests/sim/sim
}

hashes() { # BUILD
    "$1/tests/sim/sim" --seeds 2 --hash | grep '^# hash '
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
echo "1..$#"
for build in "$@"; do
    n=$((n + 1))
    case $build in
    *build-clang*) make_with_clang "$build" >"$dir/log" 2>&1 || sed 's/^/# /' "$dir/log" ;;
    esac
    hashes "$build" >"$dir/hashes"
    [ -f "$dir/first" ] || cp "$dir/hashes" "$dir/first"
    if [ -s "$dir/hashes" ] && diff "$dir/first" "$dir/hashes" >"$dir/difference"; then
        echo "ok $n - $(wc -l <"$dir/hashes") traces of $(basename "$build")"
    else
        echo "not ok $n - traces of $(basename "$build")"
        sed 's/^/# /' "$dir/difference"
    fi
done
