#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Two home agents in order: over to the second when the first is silent, back when it answers, with
# the same addresses and without losing a packet; revocation by an operator; 200 ms and 5 ms uplinks
# whose requests overtake one another.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq

SECOND=203.0.113.2
testbed_up
home_agent_conf 'internet     = nat'
mobile_router_conf thesis 'lifetime = 60s'
sed -i "s/home-agent = .*/home-agent = { $HA_ADDR, $SECOND }/" "$DIR/mr/raiic.conf"

# The second one: independent code with bindings of its own, at another host.
ns_add ha2
link_pair ha2 wan0 $SECOND/24 net port5 -
ip -n "$RQ-net" link set port5 master br0
route ha2 add 198.51.100.0/24 via 203.0.113.12
run_bg agent2 ha2 python3 "$PEERS/ha.py" --address "$SECOND" --spi 1007 --key "$KEY" \
    --nai site7 --home 10.200.0.7 --network 10.7.0.0/24 --answer all --log "$DIR/agent2.json"
wait_for 10 grep -q ready "$DIR/agent2.json" || note "ha.py does not start"

agent() { ctl mr status --json | jq -r '[.registrations[] | select(.state == "bound") | .home_agent] | unique | join(" ")'; }
agent_is() { [ "$(agent)" = "$1" ]; }
home() { ctl mr status --json | jq -r '[.registrations[] | select(.state == "bound") | .home_address] | unique | join(" ")'; }
text() { ctl mr status --json | jq -r '[.registrations[].text // empty] | join("; ")'; }
says() { text | grep -q "$1"; }

home_agent_up
mobile_router_up
check "connected" connected
check "to the first home agent" wait_for 10 agent_is $HA_ADDR
check "both uplinks are registered" wait_for 15 has_paths 2
check "with the configured home address, shown though it was assigned" test "$(home)" = 10.200.0.7

# ---- revocation

check "an operator revokes" ctl ha revoke site7
check "the router knows at once" wait_for 3 says "the home agent revoked the registration"
check "it is counted" sh -c "$(declare -f ctl ns binary); RQ=$RQ DIR=$DIR BUILD=$BUILD; ctl mr counters | grep -q 'mnd *revoked'"
check "the other home agent serves meanwhile" wait_for 5 agent_is $SECOND
check "with the same home address" test "$(home)" = 10.200.0.7
check "and the first one is returned to" wait_for 60 agent_is $HA_ADDR
check "the second one was told" wait_for 5 jq -e -s '[.[] | select(.event == "bindings")][-1].bindings == []' "$DIR/agent2.json"

# ---- fail-over and return

ns ha nft -f - <<NFT
table inet gone {
    chain arriving {
        type filter hook prerouting priority 0; policy accept;
        ip daddr $HA_ADDR udp dport 434 drop
    }
}
NFT
begun=$(date +%s%N)
check "silence of the first leads to the second" wait_for 60 agent_is $SECOND
note "after $((($(date +%s%N) - begun) / 1000000)) ms"
check "traffic goes on there" connected
# The server answers behind the first agent; ha.py itself answers for it.
run_bg pings host ping -n -q -i 0.05 -w 120 "$SERVER"
ns ha nft delete table inet gone
begun=$(date +%s%N)
check "the first one answers again and is returned to" wait_for 90 agent_is $HA_ADDR
note "after $((($(date +%s%N) - begun) / 1000000)) ms"
check "its binding is whole" wait_for 15 has_paths 2
check "the host is connected" connected
capture_stop pings
lost() { sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' "$DIR/pings.log" | awk '{ print $1 - $2 }'; }
note "$(grep transmitted "$DIR/pings.log")"
check "nothing was lost but what the old agent had under way (20 a second, 50 ms)" test "$(lost)" -le 3
check "the second one was left by a deregistration" jq -e -s '
    [.[] | select(.event == "request")][-1].lifetime == 0' "$DIR/agent2.json"
check "with no more than a few requests a minute to it" test "$(jq -c 'select(.event == "request")' "$DIR/agent2.json" | wc -l)" -lt 40
for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
tally
