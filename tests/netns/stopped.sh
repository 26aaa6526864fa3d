#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Usage: stopped.sh [--seconds N]
#
# Who does not read its bus harms nobody (R9, THREATS T16): had, mnd, linkmon and an observer are
# stopped one after the other for N seconds while there is much to be heard. Traffic goes on, the
# others do not grow; when it goes on, it is soon where it would be.

. "$(dirname "$0")/lib.sh"
SECONDS_STOPPED=3
[ "${1:-}" = --seconds ] && SECONDS_STOPPED=$2
netns_begin had tunneld mnd linkmon mipctl mipsockdump
need jq ping

testbed_up
home_agent_conf 'internet     = routed'
mobile_router_conf normal
home_agent_up
mobile_router_up
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2
for where in ha mr; do
    run_bg "$where.observer" "$where" "$(binary mipsockdump)" -b "$DIR/$where/bus" -a --json
    wait_for 5 test -s "$DIR/$where.observer.log" || not_ok "mipsockdump hears something"
done

DAEMONS="ha.had ha.tunneld mr.mnd mr.linkmon mr.tunneld"
lost() { awk '/packets transmitted/ { print $1 - $4 }' "$DIR/ping.log"; }
rss() { awk '/VmRSS/ { print $2 }' "/proc/${PID[$1]}/status"; }
has_careof() { bindings | jq -e --arg a "$1" '[.. | .address? // empty] | index($a)'; }
up2_is() { ctl mr links --json | jq -e --arg a "$1" '.links[] | select(.name == "up2") | .address == $a and .registration == "bound"'; }
knows() { has_careof "$1" && up2_is "$1" && has_paths 2; }
hears() { grep -q -F "$1" "$DIR/mr.observer.log"; }

# some thousand words on both buses, and an address that is another one afterwards
for ((i = 0; i < 500; i++)); do
    echo "link set up2 mtu $((1400 + i % 2))"
done >"$DIR/news"
news() { # ADDRESS
    ip -n "$RQ-mr" -batch "$DIR/news"
    ip -n "$RQ-mr" link set up2 mtu 1500
    ip -n "$RQ-mr" -4 addr flush dev up2
    ip -n "$RQ-mr" addr add "$1/24" dev up2
    route mr add default via 198.51.100.1 dev up2 metric 20
}

number=10
for name in ha.had mr.mnd mr.linkmon mr.observer ha.observer; do
    address=198.51.100.$((number++))
    before=()
    for other in $DAEMONS; do
        before+=("$(rss "$other")")
    done
    : >"$DIR/ping.log"
    kill -STOP "${PID[$name]}"
    run_bg ping host ping -n -q -i 0.01 -c $((SECONDS_STOPPED * 100)) -W 1 "$SERVER"
    news "$address"
    wait "${PID[ping]}"
    unset "PID[ping]"
    begin=$(date +%s%N)
    kill -CONT "${PID[$name]}"
    check "$name was stopped: nothing is lost ($(lost))" test "$(lost)" = 0
    check "$name goes on: all is known again" wait_for 10 knows "$address"
    note "$name: after $((($(date +%s%N) - begin) / 1000000)) ms"
    i=0
    for other in $DAEMONS; do
        grown=$(($(rss "$other") - before[i++]))
        [ "$grown" -lt 4096 ] || not_ok "$other has grown by $grown kB while $name was stopped"
    done
done
check "the observer has heard of the last address" wait_for 5 hears "$address"
tally
