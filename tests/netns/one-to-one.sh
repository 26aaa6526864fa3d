#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A home agent behind a 1:1 NAT, as in a cloud: `address` is what routers write, `listen` where it
# is bound. A real mobile router with two uplinks, one of them behind a NAT of its own.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq

INSIDE=10.99.0.2
testbed_up
ns_add gw
ip -n "$RQ-ha" link del wan0
link_pair gw wan0 $HA_ADDR/24 net port5 -
link_pair ha lan0 $INSIDE/24 gw lan0 10.99.0.1/24
ip -n "$RQ-net" link set port5 master br0
route ha add default via 10.99.0.1
route gw add default via 203.0.113.80
route gw add 198.51.100.0/24 via 203.0.113.12
route gw add 10.7.0.0/16 via $INSIDE
route gw add 10.200.0.0/24 via $INSIDE
sysctl_set gw net.ipv4.ip_forward=1
ns gw nft -f - <<NFT
table ip one-to-one {
    chain in { type nat hook prerouting priority -100; iifname wan0 ip daddr $HA_ADDR dnat to $INSIDE; }
    chain out { type nat hook postrouting priority 100; oifname wan0 ip saddr $INSIDE snat to $HA_ADDR; }
}
NFT

home_agent_conf "listen       = { $INSIDE }" 'internet     = routed'
mobile_router_conf normal
home_agent_up
mobile_router_up
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2
bindings >"$DIR/bindings.json"
check "had sees one behind a NAT" grep -q 203.0.113.11 "$DIR/bindings.json"
check "and one that is not" grep -q 198.51.100.2 "$DIR/bindings.json"

capture wan gw wan0 udp port 434
inward() { ns ha ping -n -q -c 1 -W 1 "$HOST_ADDR"; }
check "the home agent reaches the host" wait_for 10 inward
check "the router is cut off" ctl ha revoke site7
told() { [ "$(grep -c 'revocation acknowledged' "$DIR/ha.had.log")" -ge "$1" ]; }
check "it hears of it on both paths, through both NATs" wait_for 10 told 2
check "and comes back" wait_for 30 has_paths 2
check "connected again" connected
capture_stop wan
sub "tshark finds all that was said well-formed" python3 "$PEERS/tshark_check.py" "$DIR/wan.pcap" \
    --source "$HA_ADDR"
refute "the inside address is nowhere on the wire" env LC_ALL=C grep -q -a -P '\x0a\x63\x00\x02' \
    "$DIR/wan.pcap"
for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    check "$name leaves with 0" daemon_stop "$name"
done
tally
