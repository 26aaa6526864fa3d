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

mnd_down() { daemon_stop mr.mnd || not_ok "mnd leaves with 0"; }

requests() { jq -c "select(.event == \"request\") | $1" "$REQUESTS"; }
count() { requests "${1:-.}" | wc -l; }
at_least() { [ "$(count "${2:-.}")" -ge "$1" ]; }
tunnelled() { jq -e -n 'any(inputs; .event == "tunnel data")' "$REQUESTS" >/dev/null; }
every() { requests . | jq -e -s "length > 0 and all($1)"; }

# ---- silence: retransmission

say '[{"silent": true}]'
agent_up
mobile_router_up
one='select(.care_of_address == $coa)'
first_coa() { requests .care_of_address | head -n 1; }
same_path() { requests . | jq -s --argjson coa "$(first_coa)" "map($one)"; }
three() { [ "$(same_path | jq length)" -ge 3 ]; }
check "a request without a reply is repeated" wait_for 25 three
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
mnd_down

# ---- an honest stranger

say '[{}]'
daemon_start mr mnd
check "a stranger is enough to be connected" connected
lines=$(wc -l <"$REQUESTS")
sleep 3         # what a stranger sees in peace: nothing may happen but keepalives and renewals
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

mnd_down
check "mnd de-registers when it leaves" wait_for 5 at_least 1 'select(.lifetime == 0)'
check "and the agent agrees" jq -e -s '[.[] | select(.event == "bindings")][-1].bindings == []' "$REQUESTS"
agent_down

# ---- our own kind of agent

say '[{}]'
agent_up --caps 0xc0f
daemon_start mr mnd
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
# by uplink: those of two may overtake each other on the way
check "Identifications go on growing" jq -e -s 'map(select(.event == "request")) | group_by(.source) |
    all(map(.identification) | . == sort)' "$REQUESTS"
check "the tunnel is there all the time" host_reaches
check "and both bindings stay" wait_for 10 two_bids
mnd_down
agent_down

# ---- lies that are no reply at all: all of them, and then the truth to the same request

# A lie carries a lifetime of its own, by which one that is believed gives itself away.
registered() { ctl mr status --json | jq -c '[.registrations[] | select(.state == "bound")][0]'; }
lifetime() { registered | jq .lifetime_s; }
denied_by() { # CODE
    ctl mr status --json |
        jq -e --argjson c "$1" 'any(.registrations[]; .code == $c and ((.text // "") | test("refused")))'
}

NO_REPLY=(
    'wrong authenticator|{"auth": "wrong"}'
    'no authenticator|{"auth": "none"}'
    'cut authenticator|{"auth": "short"}'
    'authenticator with an octet more|{"auth": "long"}'
    'two authenticators|{"auth": "double"}'
    'another SPI|{"auth": "other-spi"}'
    'wrong low half of the Identification|{"ident": "low"}'
    'Identification of 0|{"ident": "zero"}'
    'unknown extension 60|{"unknown": 60}'
    'unknown extension 60 behind MN-HA|{"behind": "3c020102"}'
    'another home address|{"home": "10.200.0.99"}'
    'another home agent|{"agent": "203.0.113.99"}'
    'cut in the middle|{"cut": 31}'
    'cut in the digest|{"cut": 72}'
    'octets of no message|{"raw": "030000ff"}'
    'nothing|{"raw": ""}'
    'denial of a foreign agent|{"code": 66, "auth": "none"}'
    'denial without proof|{"code": 131, "auth": "none"}'
    'denial with a wrong proof|{"code": 131, "auth": "wrong"}'
    'clock of another time without proof|{"code": 133, "clock": 100000, "auth": "wrong"}'
)
barrage() { # the steps, as one list
    local i
    for i in "${!NO_REPLY[@]}"; do
        jq -c --argjson l $((100 + i)) '. + {lifetime: $l}' <<<"${NO_REPLY[i]#*|}"
    done | jq -c -s .
}
say "[{\"first\": $(barrage), \"lifetime\": 222}]"
agent_up
daemon_start mr mnd
check "connected behind a barrage of lies" connected
told=$(lifetime)
for i in "${!NO_REPLY[@]}"; do
    check "lie: ${NO_REPLY[i]%|*} is no reply" test "$told" != $((100 + i))
done
check "the first true reply counts" test "$told" = 222
check "and it came to the first request" test "$(count 'select(.lifetime > 0)')" = 1

no_foreign_routes() {
    ! { ip -n "$RQ-mr" route show table all; ip -n "$RQ-mr" rule; ctl mr tunnels; } |
        grep -e 172.20 -e 10.200.0.99 -e '0\.0\.0\.0/0'
}
everybody() { alive mr.mnd && alive mr.tunneld && alive mr.linkmon; }
check "nothing foreign is in tables" no_foreign_routes
check "everybody lives" everybody
say '[{}]'
mnd_down

# ---- lies in a reply that is one: the rest of it counts, within bounds

while IFS='|' read -r name step; do
    say "[$step]"
    daemon_start mr mnd
    check "lie: $name: the rest of the reply counts" connected
    check "lie: $name: for no longer than asked" test "$(lifetime)" -le 300
    check "lie: $name: nothing foreign in tables" no_foreign_routes
    say '[{}]'
    mnd_down
done <<'LIES'
longer lifetime than asked|{"lifetime": "+1000"}
for ever|{"lifetime": 65535}
skippable extension 200|{"unknown": 200}
networks nobody asked for|{"acks": "extra"}
three replies|{"repeat": 3}
clock an hour ahead|{"clock": 3600}
clock an hour behind|{"clock": -3600}
skippable extension behind MN-HA|{"behind": "c8020102"}
LIES

# Authentic, but from elsewhere: whoever forwarded it, the tunnel leads to the home agent. Uplink 2
# it is, since a NAT lets through only what comes from where the request went.
check "uplink 1 is put to rest" ctl mr link up1 down
for step in '{"udp_port": true}' '{"address": true}'; do
    say "[$step]"
    daemon_start mr mnd
    check "a reply with $step counts" connected
    say '[{}]'
    mnd_down
done
check "uplink 1 works again" ctl mr link up1 up
check "linkmon and tunneld live" sh -c "kill -0 ${PID[mr.tunneld]} && kill -0 ${PID[mr.linkmon]}"
agent_down

# ---- refusals: shown, nothing tunnelled, no hurry

while IFS='|' read -r name code step; do
    say "[$step]"
    agent_up
    daemon_start mr mnd
    check "$name is shown" wait_for 10 denied_by "$code"
    check "$name: nothing is tunnelled" not tunnelled
    check "$name: and nobody insists" test "$(count 'select(.lifetime > 0)')" -le 2
    [ "$code" != 0 ] || check "$name: what was accepted is given back" wait_for 5 at_least 1 \
        'select(.lifetime == 0 and .care_of_address != .home_address)'
    say '[{}]'
    mnd_down
    agent_down
done <<'REFUSALS'
denial 128|128|{"code": 128}
denial 130|130|{"code": 130}
a UDP tunnel declined|0|{"udp": 64}
no word about UDP|0|{"udp": "none"}
REFUSALS

# ---- a clock that nobody can meet

say '[{"code": 133}]'
agent_up
daemon_start mr mnd
slowly() { ctl mr status --json | jq -e 'any(.registrations[]; (.text // "") | test("more slowly"))'; }
check "an agent that always says 133 is asked more slowly" wait_for 20 slowly
check "after a few requests" test "$(count)" -le 8
say '[{}]'
mnd_down
agent_down

# ---- lifetime: counted as asked or as granted, whichever is less

say '[{"lifetime": 4}]'
agent_up
daemon_start mr mnd
check "connected with a lifetime of 4 s" connected
check "renewed before its end" wait_for 15 at_least 3
check "and nobody noticed" host_reaches
for name in mr.mnd mr.linkmon mr.tunneld; do
    check "$name leaves with 0" daemon_stop "$name"
done
agent_down
tally
