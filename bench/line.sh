# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# client - router - home agent - server, one veth link each, inner MTU 1400, segmentation offloads
# off on the WAN link ("wire mode"). The same client reaches the server by several ways, chosen by
# its source address: 10.7.0.5 through our tunnel, 10.6.0.5 by plain forwarding over the same links,
# 10.2.N.5 through the tunnel of another program (peers.sh). WAYS: name:source, ours first.
. tests/netns/lib.sh
. bench/peers.sh
. tests/support/packages.sh
# shellcheck disable=SC2086
install_packages $PEER_PACKAGES >&2 || exit 1
netns_begin had tunneld mnd linkmon mipctl

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
sed -i '/aggregates/s|{ |{ 10.128.0.0/9, |' "$DIR/ha/raiic.conf" # bench-table's routers
mobile_router_conf normal 'lifetime   = 600s'
sed -i -e '/uplink up2/d' "$DIR/mr/raiic.conf"
home_agent_up
mobile_router_up
connected 20 || { show_logs; echo "no tunnel"; exit 1; }
peers_up
run_bg iperf inet iperf3 -s
wait_for 5 grep -q listening "$DIR/iperf.log"
run_bg sink inet "$BUILD/bench/bench-datagrams" sink "$SERVER" 5000
wait_for 5 grep -q ready "$DIR/sink.log"

WAYS=(tunnel:10.7.0.5 raw:10.6.0.5 "${PEERS_UP[@]}")
results=$DIR/results
cp "$DIR/peers" "$results"
