#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A site behind two uplinks: everything goes through, nothing goes past the tunnel, and both nodes
# are left as they were found.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq curl tshark

testbed_up
home_agent_conf 'internet     = routed'
mobile_router_conf normal

# What the kernel sets up at the first use of its parts is there before the first look.
for where in ha mr; do
    snapshot "$where" >"$DIR/$where.before"
done

capture wan ha wan0 udp port 434
capture leak inet wan0 src net 192.168.0.0/16 or dst net 192.168.0.0/16
home_agent_up
mobile_router_up
check "the host reaches the server" connected
check "both uplinks are registered" wait_for 15 has_paths 2
check "the server reaches the host" ns inet ping -n -q -c 3 -i 0.2 -W 2 "$HOST_ADDR"

mkdir -p "$DIR/www"
head -c 8000000 /dev/urandom >"$DIR/www/file"
run_bg http inet python3 -u "$HERE/web.py" "$SERVER" 8080 "$DIR/www"
wait_for 10 grep -q ready "$DIR/http.log" || note "no web server"
sees_host() {
    ns host curl -sf -m 3 "http://$SERVER:8080/" >/dev/null && grep -q "^$HOST_ADDR" "$DIR/http.log"
}
check "the server sees the host's own address" sees_host
fetch() { ns host curl -sf -m 60 -o "$DIR/got" "http://$SERVER:8080/file" && cmp "$DIR/got" "$DIR/www/file"; }
check "a download of 8 MB arrives whole" fetch
check "an upload-sized ping passes in fragments" ns host ping -n -q -c 2 -i 0.2 -W 2 -s 4000 "$SERVER"

check "status of the home agent is 0" ctl ha status
check "status of the mobile router is 0" wait_for 10 ctl mr status
bindings >"$DIR/bindings.json"
check "the binding names home address, identity, network" jq -e '
    [.. | objects | select(.home_address? == "10.200.0.7")] | length == 1 and
    (.[0] | .identity == "site7" and (.mobile_networks | tostring | contains("10.7.0.0/24"))
        and .lifetime_s > 0 and .remaining_s <= .lifetime_s and has("encapsulation"))' \
    "$DIR/bindings.json"
check "its care-of addresses have their keys" jq -e '
    [.. | objects | .care_of_addresses? // empty | .[]] | length == 2 and
    all(has("address") and has("port") and has("state") and has("nat"))' "$DIR/bindings.json"
ctl mr links --json >"$DIR/links.json"
check "links have their keys" jq -e '
    [.. | objects | select(.name? == "up1" or .name? == "up2")] | length == 2 and
    all(has("address") and has("gateway") and has("state") and has("rtt_us") and has("loss")
        and has("active") and has("bytes_in"))' "$DIR/links.json"
check "uplink 1 is the active one" wait_for 10 is_active up1

# what a congested provider marks outside reaches the ends (RFC 6040)
capture marks inet wan0 'icmp[0] == 8 and ip[1] & 3 == 3'
ns p1 nft add rule inet provider hole udp dport 434 ip ecn set ce
ns host ping -n -q -c 3 -i 0.2 -W 2 -Q 0x02 "$SERVER" >/dev/null
refute "what knows no marks and was marked is dropped" ns host ping -n -q -c 2 -i 0.2 -W 1 "$SERVER"
hole off p1
capture_stop marks
check "a mark on the way reaches the server" test "$(tcpdump -n -r "$DIR/marks.pcap" 2>/dev/null | wc -l)" = 3
check "and without one packets pass" ns host ping -n -q -c 2 -i 0.2 -W 2 "$SERVER"

for name in mr.mnd mr.linkmon mr.tunneld; do
    check "$name leaves with 0 on SIGTERM" daemon_stop "$name"
done
no_paths() { [ "$(paths)" = 0 ]; }
check "the home agent has no binding left" wait_for 5 no_paths
no_leftover "$DIR/mr.before" mr "the mobile router is as it was"

# any start order, and SIGINT is as good as SIGTERM
daemon_start mr mnd
daemon_start mr linkmon
wait_for 5 test -S "$DIR/mr/bus/linkmon" || note "linkmon has no socket yet"
daemon_start mr tunneld
check "started the other way round it connects as well" connected
for name in mr.tunneld mr.mnd mr.linkmon; do
    check "$name leaves with 0 on SIGINT" daemon_stop "$name" INT
done
no_leftover "$DIR/mr.before" mr "the mobile router is as it was again"
for name in ha.tunneld ha.had; do
    check "$name leaves with 0 on SIGTERM" daemon_stop "$name"
done
no_leftover "$DIR/ha.before" ha "the home agent is as it was"

capture_stop wan
capture_stop leak
check "nothing left an uplink untunnelled" test "$(tcpdump -n -r "$DIR/leak.pcap" 2>/dev/null | wc -l)" = 0
sub "tshark finds every packet well-formed" python3 "$PEERS/tshark_check.py" "$DIR/wan.pcap"
tally
