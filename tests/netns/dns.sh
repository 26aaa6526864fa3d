#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A home agent by its DNS name: looked up over an uplink, though the host itself has no resolver;
# when the old address is dead and the name has another one, that one is found.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq dnsmasq

NAME=ha.example.net
SECOND=203.0.113.2
DNS=203.0.113.80

testbed_up
ip -n "$RQ-ha" addr add $SECOND/24 dev wan0
home_agent_conf 'internet     = nat'
sed -i "s/address      = .*/address      = { $HA_ADDR, $SECOND }/" "$DIR/ha/raiic.conf"
mobile_router_conf thesis "dns-servers = { $DNS }" 'lifetime = 60s'
sed -i "s/home-agent = .*/home-agent = { $NAME }/" "$DIR/mr/raiic.conf"

dns_up() { # ADDRESS...
    local address arguments=()
    for address in "$@"; do arguments+=("--host-record=$NAME,$address,1"); done
    run_bg dnsmasq inet dnsmasq --keep-in-foreground --no-resolv --no-hosts --bind-interfaces \
        --listen-address=$DNS --except-interface=lo --user=root --pid-file= --log-queries \
        --log-facility=- "${arguments[@]}"
    wait_for 5 sh -c "ip netns exec $RQ-inet ss -uln | grep -q '$DNS:53'" || note "dnsmasq does not start"
}
dns_down() {
    kill "${PID[dnsmasq]}"
    wait "${PID[dnsmasq]}" 2>/dev/null
    unset "PID[dnsmasq]"
}
text() { ctl mr status --json | jq -r '[.registrations[].text // empty] | join("; ")'; }
says() { text | grep -q "$1"; }
agent() { ctl mr status --json | jq -r '[.registrations[] | select(.state == "bound") | .home_agent] | unique | join(" ")'; }
agent_is() { [ "$(agent)" = "$1" ]; }

home_agent_up
capture question mr up1 udp port 53
mobile_router_up
check "status says what is waited for" wait_for 10 says "home agent $NAME"
check "silence of the name server is said" wait_for 40 says "no answer to the question for its address"
dns_up $HA_ADDR
check "connected to the agent of that name" connected 70
check "it is the address that the name has" wait_for 10 agent_is $HA_ADDR
capture_stop question
tcpdump -n -r "$DIR/question.pcap" 2>/dev/null >"$DIR/question.txt"
ports() { sed -n "s/.* 192.168.1.2\.\([0-9]*\) > $DNS.53: .*/\1/p" "$DIR/question.txt" | sort -u | wc -l; }
ids() { sed -n "s/.* > $DNS.53: \([0-9]*\)+.*/\1/p" "$DIR/question.txt" | sort -u | wc -l; }
note "$(grep -c "> $DNS.53" "$DIR/question.txt") questions over uplink 1 from $(ports) ports with $(ids) ids"
check "each question has a port of its own" test "$(ports)" -ge 2
check "and an id of its own" test "$(ids)" -ge 2

# The agent moves: nobody answers at the old address any more, and the name has another one.
dns_down
dns_up $SECOND
ns ha nft -f - <<NFT
table inet gone {
    chain arriving {
        type filter hook prerouting priority 0; policy accept;
        ip daddr $HA_ADDR udp dport 434 drop
    }
}
NFT
begun=$(date +%s%N)
check "found again at its new address" wait_for 60 agent_is $SECOND
check "and connected" connected
note "after $((($(date +%s%N) - begun) / 1000000)) ms"
ns ha nft delete table inet gone

kill -KILL "${PID[mr.mnd]}"
wait "${PID[mr.mnd]}" 2>/dev/null
unset "PID[mr.mnd]"
dns_down
daemon_again mr.mnd
check "mnd starts anew without a name server: the tunnel goes on" host_reaches
check "and the registration is kept" wait_for 10 agent_is $SECOND
for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
tally
