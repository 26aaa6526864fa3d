#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Usage: kill.sh [--rounds N]
#
# kill -9 of each daemon under 100 packets/s; the one that follows has its predecessor's state.

. "$(dirname "$0")/lib.sh"
ROUNDS=1
[ "${1:-}" = --rounds ] && ROUNDS=$2
netns_begin had tunneld mnd linkmon mipctl
need jq ping

testbed_up
home_agent_conf 'internet     = routed'
mobile_router_conf normal
home_agent_up
mobile_router_up
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2
sleep 1         # longer than any commit interval of the store: what follows is about what is durable

lost() { awk '/packets transmitted/ { print $1 - $4 }' "$DIR/$1.log"; }
both_paths() { [ "$(paths)" = 2 ]; }
both_tunnel_paths() { [ "$(ctl mr tunnels --json | jq '[.tunnels[].paths | length] | add')" = 2 ]; }
both_links() { ctl mr links --json | jq -e '[.. | objects | select(.name? == "up1" or .name? == "up2")] | length == 2'; }

# kill_under_ping NS.NAME STATE-COMMAND: sets LOST
kill_under_ping() {
    local name=$1 state=$2
    : >"$DIR/ping.log"
    run_bg ping host ping -n -q -i 0.01 -c 200 -W 1 "$SERVER"
    sleep 0.5
    kill -KILL "${PID[$name]}"
    wait "${PID[$name]}" 2>/dev/null
    unset "PID[$name]"
    daemon_again "$name"
    check "$name has its state again" wait_for 5 "$state"
    wait "${PID[ping]}"
    unset "PID[ping]"
    LOST=$(lost ping)
}

for ((round = 1; round <= ROUNDS; round++)); do
    for name in ha.had mr.mnd mr.linkmon; do
        state=both_paths
        [ "$name" = mr.linkmon ] && state=both_links
        kill_under_ping "$name" "$state"
        check "kill -9 of $name loses nothing ($LOST lost)" test "$LOST" = 0
    done
    for name in mr.tunneld ha.tunneld; do
        state=both_tunnel_paths
        [ "$name" = ha.tunneld ] && state=host_reaches
        kill_under_ping "$name" "$state"
        note "kill -9 of $name: $LOST of 200 packets lost"
        check "flows go on after kill -9 of $name" wait_for 10 host_reaches
        check "and not by luck" test "$LOST" -lt 100
    done
done

# had with its router gone meanwhile: the binding is served from the store alone
kill -KILL "${PID[mr.mnd]}" && wait "${PID[mr.mnd]}" 2>/dev/null
unset "PID[mr.mnd]"
kill_under_ping ha.had both_paths
check "had restores bindings without help of mnd ($LOST lost)" test "$LOST" = 0

# and with its store gone as well: tunneld tells what it has
both_care_of_addresses() { [ "$(ctl ha bindings --json | jq '[.bindings[].care_of_addresses | length] | add')" = 2 ]; }
rm -f "$DIR"/ha/had.db*
kill_under_ping ha.had both_care_of_addresses
check "had takes over bindings without its store ($LOST lost)" test "$LOST" = 0
tally
