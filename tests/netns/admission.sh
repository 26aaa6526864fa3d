#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a home agent admits and refuses: each reply code, each row of the NAT table, nonces, a key
# rolled over, revocation; by a peer that shares no code with it.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mipctl
need tshark

testbed_up
ip -n "$RQ-mr" rule add from 198.51.100.0/24 lookup 52
route mr add default via 198.51.100.1 dev up2 table 52
route p2 add 10.201.0.0/30 via 203.0.113.1
mkdir -p "$DIR/ha"
admission() {
    ns mr python3 "$PEERS/admission.py" --folder "$DIR/ha" --ha "$HA_ADDR" "$@"
}
admission --write
home_agent_up
capture wan ha wan0 udp port 434
group() {
    sub "$1" admission --only "$1" --source 198.51.100.2 --natted 192.168.1.2 \
        --mipctl "$(binary mipctl)" --pid "${PID[ha.had]}" --log "$DIR/ha.had.log"
}
for group in codes nat replay revocation; do
    group "$group"
    check "had and tunneld live after $group" sh -c \
        "kill -0 ${PID[ha.had]} && kill -0 ${PID[ha.tunneld]}"
done
group kept
daemon_stop ha.had KILL
daemon_again ha.had
check "had is back" wait_for 10 bindings
group restarted
daemon_stop ha.had KILL
rm -f "$DIR"/ha/had.db*
daemon_again ha.had
check "had is back without its store" wait_for 10 bindings
group lost
capture_stop wan
sub "tshark finds all that was said well-formed" python3 "$PEERS/tshark_check.py" "$DIR/wan.pcap" \
    --source "$HA_ADDR"
for name in ha.had ha.tunneld; do
    check "$name leaves with 0" daemon_stop "$name"
done
tally
