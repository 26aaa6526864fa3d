#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# mnd, linkmon and tunneld before a home agent that shares no code with them and lies.

. "$(dirname "$0")/lib.sh"
netns_begin tunneld mnd linkmon mipctl
need jq

testbed_up
ip -n "$RQ-ha" addr add 203.0.113.2/24 dev wan0
mobile_router_conf thesis 'home-address = 10.200.0.7'
REQUESTS=$DIR/requests.json
SCRIPT=$DIR/script.json

say() { printf '%s\n' "$1" >"$SCRIPT.new" && mv "$SCRIPT.new" "$SCRIPT"; }

agent_up() { # ARGUMENT…
    : >"$REQUESTS"
    run_bg agent ha python3 "$PEERS/ha.py" --address "$HA_ADDR" --second 203.0.113.2 --spi 1007 \
        --key "$KEY" --nai site7 --home 10.200.0.7 --network 10.7.0.0/24 --answer all \
        --script "$SCRIPT" --log "$REQUESTS" "$@"
    wait_for 10 grep -q ready "$REQUESTS" || note "ha.py does not start"
}

agent_down() {
    kill "${PID[agent]}"
    wait "${PID[agent]}" 2>/dev/null
    unset "PID[agent]"
}

router_down() {
    local name
    for name in mr.mnd mr.linkmon mr.tunneld; do
        daemon_stop "$name" || not_ok "$name leaves with 0"
    done
}

requests() { jq -c "select(.event == \"request\") | $1" "$REQUESTS"; }
count() { requests "${1:-.}" | wc -l; }
at_least() { [ "$(count "${2:-.}")" -ge "$1" ]; }
tunnelled() { jq -e -n 'any(inputs; .event == "tunnel data")' "$REQUESTS"; }
every() { requests . | jq -e -s "length > 0 and all($1)"; }

# ---- silence: retransmission

say '[{"silent": true}]'
agent_up
mobile_router_up
one='select(.care_of_address == $coa)'
first_coa() { requests .care_of_address | head -n 1; }
same_path() { requests . | jq -s --argjson coa "$(first_coa)" "map($one)"; }
four() { [ "$(same_path | jq length)" -ge 4 ]; }
check "a request without a reply is repeated" wait_for 25 four
same_path >"$DIR/same.json"
check "never sooner than after 1 s" jq -e '[.[].at] | [.[1:], .[:-1]] | transpose | map(.[0] - .[1]) | all(. >= 0.99)' "$DIR/same.json"
check "each time-out is about double the last, or more" jq -e '
    [.[].at] | [.[1:], .[:-1]] | transpose | map(.[0] - .[1]) |
    [.[1:], .[:-1]] | transpose | all(.[0] >= 1.8 * .[1])' "$DIR/same.json"
note "gaps: $(jq -c '[.[].at] | [.[1:], .[:-1]] | transpose | map(.[0] - .[1] | . * 1000 | round)' "$DIR/same.json") ms"
check "every request is signed" every .proven
check "with a new and growing Identification" jq -e -s '
    map(select(.event == "request") | .identification) | . == (unique) and . == sort' "$REQUESTS"
check "D and T are set, S, M and G are not" every '.flags_text | test("D") and test("T") and (test("[SM]") | not)'
check "the request names identity, network, UDP tunnel, CAPS" every '
    [.extensions[].name] as $n | all("MnNai", "MobileNetworkRequest", "UdpTunnelRequest", "NormalVendor"; . as $w | $n | index($w) != null)'
check "nothing stands behind MN-HA" every '.behind == []'
check "no multipath before CAPS is answered" every '[.extensions[].type] | index(154) == null'
check "the care-of address is that of an uplink" every '.care_of_address == "192.168.1.2" or .care_of_address == "198.51.100.2"'
check "nothing is tunnelled before a reply" not tunnelled

# ---- an honest stranger

say '[{}]'
check "a stranger is enough to be connected" connected 40
lines=$(wc -l <"$REQUESTS")
sleep 4         # what a stranger sees in peace: nothing may happen but keepalives and renewals
tail -n +"$((lines + 1))" "$REQUESTS" >"$DIR/peace.json"
check "a stranger gets one binding at a time" jq -e -s '
    [.[] | select(.event == "request") | .care_of_address] | unique | length <= 1' "$DIR/peace.json"
check "a stranger never sees S or multipath" every '(.flags_text | test("S") | not) and ([.extensions[].type] | index(154) == null)'
check "nor numbers in GRE" jq -e -n 'all(inputs | select(.event == "tunnel data"); .sequence == null and .path == null)' "$REQUESTS"
check "what is tunnelled belongs to the router" jq -e -n 'all(inputs | select(.event == "tunnel data" and .bound); .owned)' "$REQUESTS"
check "keepalives go from the home address to the agent" jq -e -n --arg ha "$HA_ADDR" '
    any(inputs; .event == "tunnel data" and .inner_source == "10.200.0.7" and .inner_destination == $ha and .protocol == 1)' "$REQUESTS"
hole on p1
check "uplink 2 takes over with a stranger, too" wait_for 30 host_reaches
check "by a registration over it" jq -e -n 'any(inputs; .event == "bindings" and ([.bindings[][1]] == ["198.51.100.2"]))' "$REQUESTS"
hole off p1

daemon_stop mr.mnd
check "mnd de-registers when it leaves" wait_for 5 at_least 1 'select(.lifetime == 0)'
check "and the agent agrees" jq -e -s '[.[] | select(.event == "bindings")][-1].bindings == []' "$REQUESTS"
daemon_stop mr.linkmon
daemon_stop mr.tunneld
agent_down

# ---- our own kind of agent

say '[{}]'
agent_up --caps 0xc0f
mobile_router_up
check "connected to an agent with CAPS" connected
two_bids() { jq -e -s '[.[] | select(.event == "bindings")][-1].bindings | length == 2 and ([.[][0]] | unique | length == 2)' "$REQUESTS"; }
check "both uplinks register with identifiers of their own" wait_for 15 two_bids
check "multipath only after CAPS was answered" jq -e -s '
    [.[] | select(.event == "request")][0].extensions | map(.type) | index(154) == null' "$REQUESTS"
check "never with S" every '.flags_text | test("S") | not'
check "the catch-all flow binding lists known identifiers" every '
    [.extensions[] | select(.name == "FlowBinding")] | all(.action == 1 and (.bids | length > 0 and (unique | length) == length))'
check "at most one Multipath, BID 1 to 254, never B and O together" every '
    [.extensions[] | select(.name == "Multipath")] | length <= 1 and all(.bid >= 1 and .bid <= 254 and ((.B and .O) | not))'
kill -KILL "${PID[mr.mnd]}"
wait "${PID[mr.mnd]}" 2>/dev/null
unset "PID[mr.mnd]"
check "without mnd the tunnel goes on" host_reaches
before=$(count)
daemon_again mr.mnd
check "mnd registers at once after kill -9" wait_for 10 at_least $((before + 1))
check "Identifications go on growing" jq -e -s 'map(select(.event == "request") | .identification) | . == sort' "$REQUESTS"
check "the tunnel is there all the time" host_reaches
check "and both bindings stay" wait_for 10 two_bids
router_down
agent_down

# ---- lies: the first reply is one, then the truth

# lie NAME discard|believe STEP: discard = as if no reply had come; believe = taken, within bounds
lie() {
    local name=$1 verdict=$2 step=$3
    say "[$step]"
    agent_up
    mobile_router_up
    if ! wait_for 15 at_least 1; then
        not_ok "lie: $name: asked at all"
    elif [ "$verdict" = discard ]; then
        if wait_for 15 at_least 3 && ! tunnelled; then
            ok "lie: $name is no reply"
        else
            not_ok "lie: $name is no reply" "$(count) requests; $(tail -n 3 "$REQUESTS" | cut -c1-300)"
        fi
    else
        check "lie: $name: the rest of the reply counts" connected
    fi
    check "lie: $name: nothing foreign in tables" no_foreign_routes
    check "lie: $name: everybody lives" sh -c "kill -0 ${PID[mr.mnd]} && kill -0 ${PID[mr.tunneld]} && kill -0 ${PID[mr.linkmon]}"
    say '[{}]'
    check "lie: $name: the truth is believed" connected 40
    router_down
    agent_down
}

no_foreign_routes() {
    ! { ip -n "$RQ-mr" route show table all; ip -n "$RQ-mr" rule; } | grep -e 172.20 -e 10.200.0.99
}

lie "wrong authenticator" discard '{"auth": "wrong"}'
lie "no authenticator" discard '{"auth": "none"}'
lie "cut authenticator" discard '{"auth": "short"}'
lie "authenticator with an octet more" discard '{"auth": "long"}'
lie "two authenticators" discard '{"auth": "double"}'
lie "another SPI" discard '{"auth": "other-spi"}'
lie "wrong low half of the Identification" discard '{"ident": "low"}'
lie "unknown extension 60" discard '{"unknown": 60}'
lie "another home address" discard '{"home": "10.200.0.99"}'
lie "reply from another port" discard '{"udp_port": true}'
lie "reply from another address" discard '{"address": true}'
lie "reply cut in the middle" discard '{"cut": 31}'
lie "garbage" discard '{"raw": "030000ff"}'
lie "unauthenticated denial of a foreign agent" discard '{"code": 66, "auth": "none"}'
lie "longer lifetime than asked" believe '{"lifetime": "+1000"}'
lie "skippable extension 200" believe '{"unknown": 200}'
lie "networks nobody asked for" believe '{"acks": "extra"}'
lie "three replies" believe '{"repeat": 3}'
lie "clock an hour ahead" believe '{"clock": 3600}'
lie "clock an hour behind" believe '{"clock": -3600}'
lie "extension behind MN-HA" believe '{"behind": "c8020102"}'
lie "denial 128" discard '{"code": 128}'
lie "denial 130" discard '{"code": 130}'
lie "UDP tunnel declined" discard '{"udp": 64}'
lie "no word about UDP" discard '{"udp": "none"}'

# ---- lifetime: counted as asked or as granted, whichever is less

say '[{"lifetime": 4}]'
agent_up
mobile_router_up
check "connected with a lifetime of 4 s" connected
check "renewed before its end" wait_for 15 at_least 4
check "and nobody noticed" host_reaches
router_down
agent_down
tally
