#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# One uplink behind a masquerading provider with short timeouts: the mapping is seen, kept open,
# and a new one is taken over by the next registration.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq conntrack

testbed_up
sysctl_set p1 net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=3
ns p1 nft add chain inet provider early '{ type filter hook prerouting priority -350; policy accept; }'
home_agent_conf 'internet     = nat'
mobile_router_conf normal
sed -i '/uplink up2/d' "$DIR/mr/raiic.conf"
snapshot ha >"$DIR/ha.before"
home_agent_up
mobile_router_up
check "connected" connected
check "one uplink is registered" wait_for 15 has_paths 1

path() { bindings | jq -c '[.. | objects | .care_of_addresses? // empty | .[]][0]'; }
port() { path | jq -r '.port'; }
path >"$DIR/path.json"
note "path: $(cat "$DIR/path.json")"
check "the home agent sees a NAT" jq -e '.nat != null and .nat != false and .nat != "none"' "$DIR/path.json"
check "and shows where the router is" grep -q -e 203.0.113.11 -e 192.168.1.2 "$DIR/path.json"
old=$(port)

# An echo from the home agent is the first packet after silence; only what the router sends by
# itself can have kept the mapping open.
inward() { ns ha ping -n -q -c 1 -W 1 "$HOST_ADDR"; }
check "the home agent reaches the host" wait_for 10 inward
sleep 8         # more than twice the provider's timeout, without any traffic of ours
check "keepalives hold the mapping: the first packet from outside arrives" inward

# The provider loses the mapping and gives another port.
ns p1 nft add rule inet provider early iifname lan0 drop
sleep 5         # the mapping expires
ns p1 nft flush chain inet provider nat
ns p1 nft add rule inet provider nat oifname wan0 meta l4proto udp masquerade to :50000-50999
ns p1 nft flush chain inet provider early
check "connected again over the new mapping" connected 60
new_port() { [ "$(port)" != "$old" ] && [ "$(port)" -ge 50000 ]; }
check "the home agent has the new port" wait_for 30 new_port
check "and reaches the host over it" wait_for 10 inward
note "port $old became $(port)"

# In mid-flow: the mapping is another one from one packet to the next, and nobody says so.
old=$(port)
ns p1 nft flush chain inet provider nat
ns p1 nft add rule inet provider nat oifname wan0 meta l4proto udp masquerade to :51000-51999
begun=$(date +%s%N)
ns p1 conntrack -F 2>/dev/null
newer_port() { [ "$(port)" -ge 51000 ]; }
check "a mapping that changes in mid-flow is noticed" wait_for 30 newer_port
took=$((($(date +%s%N) - begun) / 1000000))
check "the host is connected over it" connected 5
note "port $old became $(port) after $took ms"
check "within the shortest keepalive interval" test "$took" -le 10000
keepalive() { timeout 3 ip netns exec "$RQ-mr" "$(binary mipsockdump)" -b "$DIR/mr/bus" --json -a -f BUL_ADD 2>/dev/null |
    sed -n 's/.*"keepalive_s":\([0-9]*\).*/\1/p' | tail -n 1; }
check "and keepalives come more often here from now on" test "$(keepalive)" -lt 110

for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
no_leftover "$DIR/ha.before" ha "the home agent is as it was, masquerading included"
tally
