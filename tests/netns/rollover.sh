#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A router's key is rolled over under traffic: the new one at both ends, then the old one away. No
# binding is lost and no packet.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq

NEW=1107
testbed_up
home_agent_conf 'internet     = routed'
mobile_router_conf normal
home_agent_up
mobile_router_up
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2

# reload NODE DAEMON: and its word that it has
applied() { [ "$(grep -c 'configuration applied' "$DIR/$1.log")" -gt "$2" ]; }
reload() {
    local before
    before=$(grep -c 'configuration applied' "$DIR/$1.$2.log")
    kill -HUP "${PID[$1.$2]}"
    wait_for 5 applied "$1.$2" "$before"
}
# spis NODE LIST: of site7, wherever it is named
spis() { sed -i "s/\(spi *= {\) *1[01]07[^}]*}/\1 $2 }/" "$DIR/$1/raiic.conf"; }
new_key() { echo "$NEW hmac-sha256 $(printf '%064x' 4711)" >>"$DIR/$1/keys"; }
old_key() { sed -i '/^1007 /d' "$DIR/$1/keys"; }
signed_anew() { ctl ha counters --json | jq -e ".had.accepted >= $1" >/dev/null; }

run_bg traffic host ping -n -i 0.02 -c 500 "$SERVER"
new_key ha; spis ha "1007, $NEW"
check "the home agent has both keys" reload ha had
check "no binding went" has_paths 2
new_key mr; spis mr "$NEW, 1007"
count=$(ctl ha counters --json | jq '.had.accepted')
check "the router has both, the new one first" reload mr mnd
check "and uses it on both uplinks" wait_for 15 signed_anew $((count + 2))
old_key ha; spis ha "$NEW"
check "the old one goes at the home agent" reload ha had
check "no binding went" has_paths 2
old_key mr; spis mr "$NEW"
check "and at the router" reload mr mnd
check "no binding went" has_paths 2
refute "nothing was revoked" grep -q 'binding revoked' "$DIR/ha.had.log"
check "all that was under traffic" alive traffic
check "which comes to its end" wait_for 20 gone "${PID[traffic]}"
note "$(grep transmitted "$DIR/traffic.log")"
check "no packet was lost" grep -q ' 0% packet loss' "$DIR/traffic.log"
for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    check "$name leaves with 0" daemon_stop "$name"
done
tally
