#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The testbed itself, without any daemon: what the other tests take for granted.

. "$(dirname "$0")/lib.sh"
netns_begin
need ping jq
testbed_up
# the strict filter on uplink 2 wants its way back, as the suite's own rules give it
ip -n "$RQ-mr" rule add from 198.51.100.2 lookup 52
route mr add default via 198.51.100.1 dev up2 table 52

check "uplink 1 reaches the home agent" ns mr ping -n -q -c 1 -W 2 -I up1 "$HA_ADDR"
check "uplink 2 reaches the home agent" ns mr ping -n -q -c 1 -W 2 -I 198.51.100.2 "$HA_ADDR"
check "the server is reached over provider 1" ns mr ping -n -q -c 1 -W 2 -I up1 "$SERVER"
refute "the host reaches nothing without a tunnel" ns host ping -n -q -c 1 -W 1 "$SERVER"
round_trip() { ns mr ping -n -q -c 20 -i 0.02 -I "$1" "$HA_ADDR" | awk -F/ '/^rtt/ { print $5 }'; }
for device in up1 198.51.100.2; do
    took=$(round_trip "$device")
    check "the home agent is 50 ms away over $device: $took" \
        awk -v t="$took" 'BEGIN { exit !(t >= 47 && t <= 56) }'
done
hole on p1
refute "a hole in provider 1 drops" ns mr ping -n -q -c 1 -W 1 -I up1 "$HA_ADDR"
check "and leaves the carrier" sh -c "ip -n $RQ-mr link show up1 | grep -q LOWER_UP"
check "the neighbour still answers" ns mr ping -n -q -c 1 -W 2 192.168.1.1
hole off p1
check "without the hole it passes again" ns mr ping -n -q -c 1 -W 2 -I up1 "$HA_ADDR"

sub "mip4.py agrees with the vectors" python3 "$PEERS/mip4.py" --selftest

run_bg ha.py ha python3 "$PEERS/ha.py" --address "$HA_ADDR" --spi 1007 --key "$KEY" --nai site7 \
    --home 10.200.0.7 --network 10.7.0.0/24 --other "1008,$KEY2,10.200.0.8,site8,10.8.0.0/24" \
    --answer all --log "$DIR/ha.json"
wait_for 5 grep -q ready "$DIR/ha.json" || not_ok "ha.py starts"
capture wan ha wan0 udp port 434
for device in up1 up2; do
    check "mn.py registers with ha.py over $device" ns mr python3 "$PEERS/mn.py" --ha "$HA_ADDR" \
        --device "$device" --source "$(ip -n "$RQ-mr" -j addr show "$device" |
            jq -r '.[0].addr_info[] | select(.family == "inet").local')" \
        --spi 1007 --key "$KEY" --nai site7 --network 10.7.0.0/24 --force --keepalives 2 \
        --ping "$SERVER" --ping-from 10.7.0.5 --deregister
done
wan 'both clear' >/dev/null     # many questions, one after the other
sub "hostile.py against ha.py, from provider 2" ns mr python3 "$PEERS/hostile.py" --ha "$HA_ADDR" \
    --source 198.51.100.2 --spi 1007 --key "$KEY" --nai site7 --home 10.200.0.7 \
    --network 10.7.0.0/24 --other "1008,$KEY2,10.200.0.8,site8,10.8.0.0/24" \
    --skip flood --mutations 500
capture_stop wan
sub "tshark agrees with what ha.py sends" python3 "$PEERS/tshark_check.py" "$DIR/wan.pcap" \
    --source "$HA_ADDR"
tally
