#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Usage: blackbox-ha.sh [--mutations N] [--flood N] [--only GROUP]
#
# The whole of goal R1: BUILD=build-asan blackbox-ha.sh --mutations 1000000 --only mutations
#
# had and tunneld before clients that share no code with them: an honest one, then a hostile one.

# thousands of questions, one after the other: without the way
WAN=''
. "$(dirname "$0")/lib.sh"
MUTATIONS=50000 FLOOD=3000
GROUPS_OF_ATTACKS='truncated bitflips lengths odd unknown mutations forged insider theft injection
    spoofing keepalive digests amplification flood replay'
while [ $# -gt 1 ]; do
    case $1 in
    --mutations) MUTATIONS=$2 ;;
    --flood) FLOOD=$2 ;;
    --only) GROUPS_OF_ATTACKS=$2 ;;
    esac
    shift 2
done
netns_begin had tunneld mipctl
need jq tshark

testbed_up
# the clients stand where the mobile router would: uplink 2 without, uplink 1 with a NAT
ip -n "$RQ-mr" addr add 198.51.100.3/24 dev up2
ip -n "$RQ-mr" rule add from 198.51.100.0/24 lookup 52
route mr add default via 198.51.100.1 dev up2 table 52
home_agent_conf 'internet     = routed'
home_agent_up

capture wan ha wan0 udp port 434
capture tun ha raiic0
capture server inet wan0

sub "an honest client" ns mr python3 "$PEERS/honest.py" --ha "$HA_ADDR" --source 198.51.100.2 \
    --natted 192.168.1.2 --nat 203.0.113.11 --key "$KEY" --key2 "$KEY2" --key3 "$KEY3"
check "had and tunneld live" sh -c "kill -0 ${PID[ha.had]} && kill -0 ${PID[ha.tunneld]}"
capture_stop wan
sub "tshark finds the replies well-formed" python3 "$PEERS/tshark_check.py" "$DIR/wan.pcap" \
    --source "$HA_ADDR"

rss() { awk '/VmRSS/ { print $2 }' "/proc/${PID[$1]}/status"; }
descriptors() { find "/proc/${PID[$1]}/fd" -type l 2>/dev/null | wc -l; }
before="$(rss ha.had) $(rss ha.tunneld)"
open="$(descriptors ha.had) $(descriptors ha.tunneld)"
hostile() {
    ns mr python3 "$PEERS/hostile.py" --ha "$HA_ADDR" --source 198.51.100.2 \
        --attacker2 198.51.100.3 --spi 1007 --key "$KEY" --nai site7 --home 10.200.0.7 \
        --network 10.7.0.0/24 --other "1008,$KEY2,10.200.0.8,site8,10.8.0.0/24" --sink-answers \
        --mutations "$MUTATIONS" --flood "$FLOOD" "$@"
}
# replay is the last: it leaves an Identification some seconds ahead of the clock
for group in $GROUPS_OF_ATTACKS; do
    state=()
    case $group in
    forged | mutations | spoofing)
        state=(--state-command "$(binary mipctl) -b $DIR/ha/bus bindings --json") ;;
    esac
    sub "hostile: $group" hostile --only "$group" "${state[@]}"
    if ! alive ha.had || ! alive ha.tunneld; then
        not_ok "had and tunneld survive $group" "$(tail -n 20 "$DIR/ha.had.log" "$DIR/ha.tunneld.log")"
        break
    fi
done
note "resident memory in kB, had and tunneld: $before became $(rss ha.had) $(rss ha.tunneld)"
check "no descriptor was left open" test "$open" = "$(descriptors ha.had) $(descriptors ha.tunneld)"
ctl ha counters | sed 's/^/# /'
arrived() { ctl ha counters --json | jq '.tunneld | ."signalling-in" + ."packets-in"'; }
check "what was sent has arrived" test "$(arrived)" -ge $((MUTATIONS * 98 / 100))
capture_stop tun
capture_stop server
case $GROUPS_OF_ATTACKS in
*spoofing*)     # which sends honest packets as well: the captures see what gets inside
    sub "no forged packet got inside" python3 "$PEERS/hostile.py" markers "$DIR/tun.pcap" \
        "$DIR/server.pcap" ;;
esac
refute "no sanitizer has anything to say" grep -E 'Sanitizer|runtime error' \
    "$DIR/ha.had.log" "$DIR/ha.tunneld.log"
check "no key in any log" sh -c "! grep -q -i -e $KEY -e $KEY2 -e $KEY3 '$DIR'/*.log"
for name in ha.had ha.tunneld; do
    check "$name leaves with 0" daemon_stop "$name"
done
tally
