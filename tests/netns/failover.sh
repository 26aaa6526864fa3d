#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Usage: failover.sh [--rounds N] [--preset 'LINE'] [--assert-median MS]
#
# Provider 1 dies silently under a stream of 50 packets/s; the outage is read from a capture at the
# host. Without --assert-median only the recovery counts, the figures are printed. What is promised:
# --rounds 20 --assert-median 450.
# alone: what it measures depends on how busy the machine is

. "$(dirname "$0")/lib.sh"
# no hold-down: it grows with each round, and is not what is measured
ROUNDS=3 LIMIT='' PRESET='thesis  interval = 150ms  threshold = 2  hold = 1s  hold-max = 1s'
while [ $# -gt 1 ]; do
    case $1 in
    --rounds) ROUNDS=$2 ;;
    --preset) PRESET=$2 ;;
    --assert-median) LIMIT=$2 ;;
    esac
    shift 2
done
netns_begin had tunneld mnd linkmon mipctl
need jq

testbed_up
home_agent_conf 'internet     = routed'
mobile_router_conf "$PRESET"
home_agent_up
mobile_router_up
run_bg echo inet python3 -u "$HERE/stream.py" echo "$SERVER" 5004
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2

# one sender for all rounds; each round has its own capture
run_bg stream host python3 -u "$HERE/stream.py" send "$SERVER" 5004 --rate 50

declare -A PROVIDER=([up1]=p1 [up2]=p2)
measure() { python3 "$HERE/stream.py" measure "$DIR/$1.pcap" "$HOST_ADDR" --from "$2" >"$DIR/$1.json"; }
recovered() { measure "$1" "$2" && [ "$(jq '.after >= 25' "$DIR/$1.json")" = true ]; }
both_good() { link_is up1 good && link_is up2 good; }

# Only looks again after a while: what is watched shares the machine.
wait_recovered() {
    local tries=40
    until recovered "$1" "$2"; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.5
    done
}

outages=()
for ((round = 1; round <= ROUNDS; round++)); do
    wait_for 30 both_good || note "round $round: links are $(link_state up1), $(link_state up2)"
    ctl mr move up1 >/dev/null 2>&1
    wait_for 15 is_active up1 || note "round $round starts from $(active_link)"
    victim=$(active_link)
    capture "round$round" host lan0 udp port 5004
    sleep "0.$((RANDOM % 900 + 100))"       # a random phase
    begin=$(date +%s.%N)
    hole on "${PROVIDER[$victim]:-p1}"
    sleep 1         # nobody looks while it happens
    if wait_recovered "round$round" "$begin"; then
        capture_stop "round$round"
        measure "round$round" "$begin"
        note "round $round, $victim dies: $(cat "$DIR/round$round.json")"
        ok "round $round: the stream goes on"
        refute "round $round: over the other uplink" is_active "$victim"
        outages+=("$(jq .outage_ms "$DIR/round$round.json")")
    else
        not_ok "round $round: the stream goes on" "$(cat "$DIR/round$round.json"; ctl mr links)"
        capture_stop "round$round"
    fi
    hole off "${PROVIDER[$victim]:-p1}"
done
median=$(printf '%s\n' "${outages[@]:-0}" | sort -n |
    awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }')
rtt=$(jq -s 'map(.rtt_ms) | add / length' "$DIR"/round*.json)
check "the server is 50 ms away: $rtt" awk -v r="$rtt" 'BEGIN { exit !(r >= 47) }'
note "outages in ms: $(printf '%s\n' "${outages[@]:-none}" | sort -n | xargs); median $median"
if [ -n "$LIMIT" ]; then
    check "median $median ms is at most $LIMIT ms" \
        awk -v m="$median" -v l="$LIMIT" -v n="${#outages[@]}" 'BEGIN { exit !(n && m <= l) }'
fi
tally
