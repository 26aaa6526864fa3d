#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Usage: fleet.sh [ROUTERS]
#
# A home agent of many routers, configured by line files: had and tunneld killed at once with all of
# them bound (R6), and their files changed under SIGHUP: who is new is served, who is gone is cut
# off, who changed loses his binding, and nobody else notices.

cd "$(dirname "$0")/../.." || exit 1
. bench/fleet.sh
N=${1:-10000}
need jq
[ -x "$LOAD" ] || skip "$LOAD is not built"

count() { bindings | jq '.bindings | length'; }
paths_bound() { bindings | jq '[.bindings[].care_of_addresses | length] | add // 0'; }
has() { [ "$(count)" = "$1" ] && [ "$(paths_bound)" = "$((2 * $1))" ]; }
logged() { grep -c "$1" "$DIR/ha.had.log"; }
has_logged() { [ "$(logged "$1")" -ge "${2:-1}" ]; }
load_quietly() { load "$@" >"$DIR/load.out"; }
milliseconds() { echo $((($(date +%s%N) - $1) / 1000000)); }
memory() { awk '/VmRSS/ { print $2 }' "/proc/${PID[ha.had]}/status"; }

begin=$(date +%s%N)
fleet_up "$N"
note "$N routers and keys: $(memory) kB, the first registration $(milliseconds "$begin") ms after the start"
check "each router registers both its paths" load_quietly fill
check "and is bound" wait_for 10 has "$N"

# ---- R6
sleep 0.1 # longer than a commit interval
for name in ha.had "ha.had and ha.tunneld"; do
    sleep 2.1 # what is stamped less than 2 s after the last accepted request is not fresh
    before=$(logged "$N bindings restored")
    begin=$(date +%s%N)
    for daemon in ${name//and/}; do
        daemon_stop "$daemon" KILL
    done
    for daemon in ${name//and/}; do
        daemon_again "$daemon"
    done
    load_quietly -o 7 first || not_ok "a registration after kill -9 of $name"
    note "kill -9 of $name: first registration after $(($(jq .at "$DIR/load.out") / 1000000 - begin / 1000000)) ms"
    check "kill -9 of $name: the store has all $N bindings" has_logged "$N bindings restored" $((before + 1))
    check "and none is lost" wait_for 10 has "$N"
done

# ---- SIGHUP: router 0 is gone, router 1 has another key, router 2 another network, one is new
cp "$DIR/ha/routers" "$DIR/routers" && cp "$DIR/ha/keys" "$DIR/keys"
line() { sed -n "$2p" "$DIR/$1"; }
spi_of() { line routers "$1" | awk '{ print $2 }'; }
name_of() { line routers "$1" | awk '{ print $1 }'; }
is_bound() { bindings | jq -e --arg i "$1" 'any(.bindings[]; .identity == $i)'; }
KEY_NEW=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
{
    sed -e 1d -e '3s,[^ /]*/[0-9]*,10.255.255.0/24,' "$DIR/routers"
    echo "new@example.net 4000000000 pool none"
} >"$DIR/ha/routers"
grep -q '^new@' "$DIR/ha/routers" || not_ok "the new file is written"
{
    awk -v spi="$(spi_of 2)" -v key="$KEY_NEW" '$1 == spi { $3 = key } { print }' "$DIR/keys"
    echo "4000000000 hmac-sha256 $KEY"
} >"$DIR/ha/keys"
begin=$(date +%s%N)
kill -HUP "${PID[ha.had]}"
check "the files are read again" wait_for 30 has_logged \
    "keys: 1 added, 0 removed, 1 changed; routers file: 1 added, 1 removed, 1 changed"
note "applied within $(milliseconds "$begin") ms; $(memory) kB"
check "who is gone is cut off" wait_for 5 not is_bound "$(name_of 1)"
refute "who has another key too" is_bound "$(name_of 2)"
check "who has another network keeps his paths" is_bound "$(name_of 3)"
networks() { bindings | jq -e --arg i "$1" '.bindings[] | select(.identity == $i) | .mobile_networks | length'; }
check "but not the old network" test "$(networks "$(name_of 3)")" = 0
check "nobody else notices" test "$(count)" = $((N - 2))
check "who is new is served" ns fleet python3 "$PEERS/mn.py" --ha "$HA_ADDR" --source 100.64.0.1 \
    --spi 4000000000 --key "$KEY" --nai new@example.net --force

# ---- a bad file changes nothing and is named with its line
refuses() { # WHAT FILE LINE COMMAND…
    local what=$1 file=$2 number=$3 before
    shift 3
    before=$(logged "the old configuration stays")
    "$@" <"$DIR/ha/$file" >"$DIR/$file.bad"
    cp "$DIR/ha/$file" "$DIR/$file.good"
    cat "$DIR/$file.bad" >"$DIR/ha/$file"
    kill -HUP "${PID[ha.had]}"
    check "$what: the old one stays" wait_for 30 has_logged "the old configuration stays" $((before + 1))
    check "$what: file and line are named" has_logged "/ha/$file:$number: "
    cat "$DIR/$file.good" >"$DIR/ha/$file"
}
refuses "a router without spi" routers 5 sed '5s/ .*//'
refuses "a router twice" routers $((N + 1)) sh -c 'cat; tail -n 1 "'"$DIR"'/ha/routers"'
refuses "a key that is none" keys 7 sed '7s/$/x/'
refuses "an spi twice" keys $((N + 2)) sh -c 'cat; sed -n 4p "'"$DIR"'/ha/keys"'
check "and nobody noticed" test "$(count)" = $((N - 1))
tally
