#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What an operator, a DHCP client or a cable does to a router while it works (THREATS T21-T24, T16):
# a device taken away, netlink overrun, an address that comes and goes, addresses that clash, a
# listener that is stopped.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl mipsockdump
need jq ping

testbed_up
home_agent_conf 'internet     = routed'
mobile_router_conf normal
state_of() { snapshot "$1" | sort; } # an address that was away comes back at another place
for where in ha mr; do
    state_of "$where" >"$DIR/$where.before"
done
home_agent_up
mobile_router_up
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2
check "uplink 1 is active" wait_for 10 is_active up1

cpu() { awk '{ print $14 + $15 }' "/proc/${PID[$1]}/stat"; } # in ticks of 10 ms
rss() { awk '/VmRSS/ { print $2 }' "/proc/${PID[$1]}/status"; }
server_reaches() { ns inet ping -n -q -c 1 -W 1 "$HOST_ADDR" >/dev/null; }
device_is_up() { ip -n "$RQ-$1" link show raiic0 | grep -q 'LOWER_UP'; }

# ---- T16: a stopped listener
install -d -m 3770 "$DIR/mr/bus"
run_bg deaf mr "$(binary mipsockdump)" -b "$DIR/mr/bus" -a --json
wait_for 5 test -s "$DIR/deaf.log" || not_ok "mipsockdump hears something"
kill -STOP "${PID[deaf]}"

# ---- T21: the device
# without traffic, so that nothing but the loss itself can tell
for where in mr ha; do
    before=$(cpu "$where.tunneld")
    ip -n "$RQ-$where" link del raiic0
    check "$where: a deleted device is back in a second or so" wait_for 2 device_is_up "$where"
    check "$where: and carries" wait_for 3 host_reaches
    check "$where: both ways" wait_for 3 server_reaches
    ip -n "$RQ-$where" link set raiic0 down
    check "$where: a device set down is back in a second or so" wait_for 2 device_is_up "$where"
    check "$where: and carries" wait_for 3 host_reaches
    check "$where: both ways" wait_for 3 server_reaches
    used=$(($(cpu "$where.tunneld") - before))
    check "$where: tunneld did not spin ($used ticks)" test "$used" -le 30
done
# one that nobody lets be
for ((i = 0; i < 30; i++)); do
    ip -n "$RQ-mr" link set raiic0 down
    sleep 0.02
done
check "a device set down again and again is back" wait_for 3 host_reaches

# ---- T22: more news than the socket holds
uplinks_of_kernel() {
    ip -n "$RQ-mr" -j -4 addr | jq -c '[.[] | select(.ifname | startswith("up")) |
        { name: .ifname, address: (.addr_info[0].local) }] | sort_by(.name)'
}
gateways_of_kernel() {
    ip -n "$RQ-mr" -j route show default | jq -c '[.[] | { name: .dev, gateway }] | sort_by(.name)'
}
links_agree() {
    ctl mr links --json >"$DIR/links.json" || return 1
    [ "$(jq -c '[.links[] | { name, address: (.address // null) }] | sort_by(.name)' \
        "$DIR/links.json")" = "$(uplinks_of_kernel)" ] &&
        [ "$(jq -c '[.links[] | { name, gateway }] | sort_by(.name)' "$DIR/links.json")" = \
            "$(gateways_of_kernel)" ]
}
check "mipctl links is what ip says" wait_for 5 links_agree
for ((i = 0; i < 5000; i++)); do
    echo "addr add 10.$((100 + i / 250)).$((i % 250)).1/32 dev lo"
    echo "route add 10.$((150 + i / 250)).$((i % 250)).0/24 dev lo"
done >"$DIR/add"
sed 's/ add / del /' "$DIR/add" >"$DIR/del"
# a daemon that does not get to run, as on a loaded router
kill -STOP "${PID[mr.tunneld]}"
ip -n "$RQ-mr" -batch "$DIR/add"
ip -n "$RQ-mr" addr del 198.51.100.2/24 dev up2
ip -n "$RQ-mr" addr add 198.51.100.7/24 dev up2
route mr replace default via 198.51.100.9 dev up2 metric 20
ip -n "$RQ-mr" rule del preference 4343
ip -n "$RQ-mr" -batch "$DIR/del"
kill -CONT "${PID[mr.tunneld]}"
overruns() { ns mr awk -v pid="${PID[mr.tunneld]}" '$3 % 4194304 == pid { n += $9 } END { print n + 0 }' /proc/net/netlink; }
overrun() { [ "$(overruns)" -gt 0 ]; }
check "its socket was overrun" overrun
check "after an overrun mipctl links is what ip says" wait_for 10 links_agree
check "a rule that was lost in it is back" wait_for 5 \
    sh -c "ip -n $RQ-mr rule show preference 4343 | grep -q ."
check "the host reaches the server" wait_for 10 host_reaches
ip -n "$RQ-mr" -batch "$DIR/add"
ip -n "$RQ-mr" -batch "$DIR/del"
ip -n "$RQ-mr" addr del 198.51.100.7/24 dev up2
ip -n "$RQ-mr" addr add 198.51.100.2/24 dev up2
route mr replace default via 198.51.100.1 dev up2 metric 20
check "and again, awake" wait_for 15 links_agree
check "both uplinks are registered" wait_for 15 has_paths 2

# ---- T24: addresses that clash are refused with a reason
reason_is() { ctl mr status --json | jq -e --arg n "$1" '[.. | strings | select(contains($n))] | length > 0'; }
has_careof() { bindings | jq -e --arg a "$1" '[.. | .address? // empty] | index($a)'; }
careof_becomes() { # ADDRESS/LENGTH: uplink 2 gets it instead of what it has
    ip -n "$RQ-mr" -4 addr flush dev up2
    ip -n "$RQ-mr" addr add "$1" dev up2
    route mr add default via "${2:-198.51.100.1}" dev up2 metric 20 onlink
}
careof_becomes 10.7.0.77/32
check "a care-of address in a mobile network of ours: said why" wait_for 5 reason_is "mobile network of ours"
refute "and not registered" has_careof 10.7.0.77
careof_becomes 10.200.0.7/32
check "a care-of address that is the home address: said why" wait_for 5 reason_is "is the home address"
check "the other uplink works on" host_reaches
careof_becomes "$HA_ADDR/32"
check "a care-of address that is the home agent's: said why" wait_for 5 reason_is "is a home agent's"
# the home network is also the provider's: what the tunnel carries must not be lost there
careof_becomes 10.200.0.99/24 10.200.0.1
check "a care-of address in the home network" wait_for 5 links_agree
check "takes nothing from the tunnel" wait_for 5 host_reaches
check "nor from the way to the home agent" ns mr ping -n -q -c 1 -W 2 -I up1 "$HA_ADDR"
ip -n "$RQ-mr" -4 addr flush dev up2
ip -n "$RQ-mr" addr add 198.51.100.2/24 dev up2
route mr add default via 198.51.100.1 dev up2 metric 20
check "a good address registers again" wait_for 20 has_careof 198.51.100.2

# ---- T23: an address at 10 Hz, on the only uplink
capture flap ha wan0 udp dst port 434 and src host 198.51.100.2
ip -n "$RQ-mr" link set up1 down
check "uplink 2 carries alone" wait_for 30 host_reaches
state_of mr >"$DIR/mr.flap"
end=$((SECONDS + 12)) changes=0
while [ $SECONDS -lt $end ]; do
    ip -n "$RQ-mr" addr del 198.51.100.2/24 dev up2
    sleep 0.1
    ip -n "$RQ-mr" addr add 198.51.100.2/24 dev up2
    route mr replace default via 198.51.100.1 dev up2 metric 20
    sleep 0.1
    changes=$((changes + 2))
done
check "the tunnel works within 2 s of the last of $changes changes" wait_for 2 host_reaches
capture_stop flap
requests=$(tcpdump -n -r "$DIR/flap.pcap" 'udp[8] = 1' 2>/dev/null | wc -l)
check "at most a registration a second, and some ($requests in 12 s)" test "$requests" -le 20
state_of mr >"$DIR/mr.flapped"
same "no rule, route or device more than before" "$DIR/mr.flap" "$DIR/mr.flapped"
ip -n "$RQ-mr" link set up1 up
route mr replace default via 192.168.1.1 dev up1 metric 10
check "both uplinks are registered again" wait_for 30 has_paths 2

# ---- what the stopped listener has cost meanwhile
for name in mr.tunneld mr.mnd mr.linkmon; do
    note "$name: $(rss "$name") kB"
    check "$name kept little for who did not listen" test "$(rss "$name")" -lt 40000
done
lines=$(wc -l <"$DIR/deaf.log")
kill -CONT "${PID[deaf]}"
has_more() { [ "$(wc -l <"$DIR/deaf.log")" -gt "$lines" ]; }
check "it hears them again" wait_for 10 has_more
daemon_stop deaf INT

for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
wait_for 5 settled mr || note "IPv6 addresses are still tentative"
for where in mr ha; do
    state_of "$where" >"$DIR/$where.after"
    same "$where is as it was" "$DIR/$where.before" "$DIR/$where.after"
done
tally
