# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# client - router - home agent - server, one veth link each, inner MTU 1400, segmentation offloads
# off on the WAN link ("wire mode"). The same client reaches the server twice: from 10.7.0.5 through
# the tunnel, from 10.6.0.5 by plain forwarding over the same links. Rounds are interleaved.
. tests/netns/lib.sh
netns_begin had tunneld mnd linkmon mipctl

if [ "$QUICK" = yes ]; then
    ROUNDS=2 SECONDS_EACH=2 PINGS=500
else
    ROUNDS=5 SECONDS_EACH=5 PINGS=3000
fi

ns_add host mr ha inet
link_pair host lan0 10.7.0.5/24 mr lan0 10.7.0.1/24
ip -n "$RQ-host" addr add 10.6.0.5/24 dev lan0
ip -n "$RQ-mr" addr add 10.6.0.1/24 dev lan0
link_pair mr up1 198.51.100.2/24 ha wan0 198.51.100.1/24
ip -n "$RQ-ha" addr add "$HA_ADDR/32" dev lo
link_pair ha inet0 192.0.2.1/24 inet wan0 192.0.2.80/24
route host add default via 10.7.0.1 mtu lock 1400
route mr add default via 198.51.100.1
route ha add 10.6.0.0/24 via 198.51.100.2
route inet add 10.0.0.0/8 via 192.0.2.1 mtu lock 1400
sysctl_set mr net.ipv4.ip_forward=1
sysctl_set ha net.ipv4.ip_forward=1
ns mr ethtool -K up1 tso off gso off gro off >/dev/null
ns ha ethtool -K wan0 tso off gso off gro off >/dev/null

home_agent_conf 'internet     = routed'
mobile_router_conf normal
sed -i -e '/uplink up2/d' "$DIR/mr/raiic.conf"
home_agent_up
mobile_router_up
connected 20 || { show_logs; echo "no tunnel"; exit 1; }
run_bg iperf inet iperf3 -s
run_bg sink inet "$BUILD/bench/bench-datagrams" sink "$SERVER" 5000
wait_for 5 grep -q listening "$DIR/iperf.log"
wait_for 5 grep -q ready "$DIR/sink.log"

results=$DIR/results
tcp() { # NAME SOURCE IPERF3-ARGUMENT...
    local name=$1 source=$2
    shift 2
    ns host iperf3 -c "$SERVER" -B "$source" -t "$SECONDS_EACH" -J "$@" |
        jq -c --arg n "$name" '{name: $n,
            bps: .end.sum_received.bits_per_second}' >>"$results"
}
datagrams() { # NAME SOURCE FLOWS OCTETS WINDOW [TRAIN]
    local name=$1 source=$2
    shift 2
    ns host "$BUILD/bench/bench-datagrams" source "$source" "$SERVER" 5000 \
        "$1" "$2" "$3" "$SECONDS_EACH" "${@:4}" | jq -c --arg n "$name" '{name: $n} + .' >>"$results"
}
round_trip() { # NAME SOURCE
    ns host ping -n -A -q -c 20 -I "$2" "$SERVER" >/dev/null
    ns host ping -n -A -c "$PINGS" -I "$2" "$SERVER" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' |
        jq -sc --arg n "$1" 'sort | {name: $n, p50: .[length / 2 | floor],
            p99: .[length * 99 / 100 | floor], n: length}' >>"$results"
}
for ((i = 0; i < ROUNDS; i++)); do
    for way in raw:10.6.0.5 tunnel:10.7.0.5; do
        tcp "tcp1 ${way%:*}" "${way#*:}"
        tcp "tcp4 ${way%:*}" "${way#*:}" -P 4
        datagrams "udp1 ${way%:*}" "${way#*:}" 1 64 256
        datagrams "udp64 ${way%:*}" "${way#*:}" 64 64 32
        datagrams "quic ${way%:*}" "${way#*:}" 1 1200 256 32
        datagrams "flood ${way%:*}" "${way#*:}" 1 64 0
        round_trip "rtt ${way%:*}" "${way#*:}"
    done
done
python3 bench/throughput.py "$results" "$JSON"
