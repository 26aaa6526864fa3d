#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Two modems of one make: same subnet, same address, same gateway on both uplinks, at once.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq

testbed_up
for n in 1 2; do
    ip -n "$RQ-mr" addr flush dev "up$n"
    ip -n "$RQ-p$n" addr flush dev lan0
    ip -n "$RQ-p$n" addr add 192.168.8.1/24 dev lan0
    ip -n "$RQ-mr" addr add 192.168.8.100/24 dev "up$n"
    route mr add default via 192.168.8.1 dev "up$n" metric "${n}0"
done
ns p2 nft add rule inet provider nat oifname wan0 masquerade
snapshot mr >"$DIR/mr.before"

home_agent_conf 'internet     = routed'
mobile_router_conf normal
home_agent_up
mobile_router_up
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2
bindings >"$DIR/bindings.json"
check "through two providers" jq -e '
    [.. | objects | .care_of_addresses? // empty | .[]] |
    ([.[].port] | unique | length == 2) or ([.[] | tostring] | unique | length == 2)' \
    "$DIR/bindings.json"
check "uplink 1 is active" wait_for 15 is_active up1
hole on p1
check "uplink 2 takes over" wait_for 30 is_active up2
check "and carries" wait_for 10 host_reaches
hole off p1
hole on p2
check "uplink 1 takes over" wait_for 60 is_active up1
check "and carries again" wait_for 10 host_reaches
hole off p2
for name in mr.mnd mr.linkmon mr.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
no_leftover "$DIR/mr.before" mr "the mobile router is as it was"
tally
