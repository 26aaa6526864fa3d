#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Usage: flood.sh [NUMBER]
#
# What strangers can make a home agent remember (THREATS T12, T25, T6): nothing. Requests of many
# nodes that nobody configured, tunnel data from addresses without a binding; then who is known is
# served as before.

. "$(dirname "$0")/lib.sh"
NUMBER=${1:-100000}
netns_begin had tunneld mipctl
need jq

testbed_up
ip -n "$RQ-mr" addr add 198.51.100.3/24 dev up2
ip -n "$RQ-mr" rule add from 198.51.100.0/24 lookup 52
route mr add default via 198.51.100.1 dev up2 table 52
home_agent_conf 'internet     = routed'
home_agent_up

memory() { awk '/VmRSS/ { print $2 }' "/proc/${PID[$1]}/status"; }
client() {
    ns mr python3 "$PEERS/hostile.py" --ha "$HA_ADDR" --source 198.51.100.2 \
        --attacker2 198.51.100.3 --spi 1007 --key "$KEY" --nai site7 --home 10.200.0.7 \
        --network 10.7.0.0/24 --other "1008,$KEY2,10.200.0.8,site8,10.8.0.0/24" "$@"
}
sub "some unknown nodes, for what is allocated once" client --only flood --flood 2000
had=$(memory ha.had) tunneld=$(memory ha.tunneld) log=$(wc -c <"$DIR/ha.had.log")
octets() { ns ha cat "/sys/class/net/wan0/statistics/$1_bytes"; }
in=$(octets rx) out=$(octets tx)
sub "$NUMBER unknown nodes" client --only flood --flood "$NUMBER"
in=$(($(octets rx) - in)) out=$(($(octets tx) - out))
check "no more octets go out than come in ($in in, $out out)" test "$out" -le "$in"
sub "tunnel data from strangers" client --only injection
note "had $had kB became $(memory ha.had), tunneld $tunneld became $(memory ha.tunneld)"
check "had remembers none of them" test $(($(memory ha.had) - had)) -le 1024
check "nor does tunneld" test $(($(memory ha.tunneld) - tunneld)) -le 1024
check "the log has not grown with them" test $(($(wc -c <"$DIR/ha.had.log") - log)) -le 65536
counted=$(ctl ha counters --json | jq '.had["unknown-spi"]')
check "had has counted $counted of them" test "$counted" -ge $((NUMBER / 2))
for name in ha.had ha.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
tally
