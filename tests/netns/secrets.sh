#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Keys stay where they belong (THREATS T17): marker keys are planted, everything runs as loudly as
# it can, and what anybody but had and mnd can see is searched for them in all spellings.

WAN=''          # a key leaks at any distance
. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl mipsockdump
need jq

# Three keys that nothing else contains, for the usual configurations and for a reload.
fresh_key() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
KEY=$(fresh_key 32) KEY2=$(fresh_key 32) KEY3=$(fresh_key 16) KEY4=$(fresh_key 32)
seek=(python3 "$HERE/seek.py")
seek_all() { # ARGUMENTS…: for each of the keys
    local key status=0
    for key in "$KEY" "$KEY2" "$KEY3" "$KEY4"; do
        "${seek[@]}" "$key" "$@" || status=1
    done
    return "$status"
}
check "the search finds each spelling of a key" "${seek[@]}" --selftest
mkdir "$DIR/proof"
printf 'spi 1007 key %s' "${KEY2^^}" >"$DIR/proof/log"
refute "and a key in a file" seek_all "$DIR/proof"

testbed_up
home_agent_conf 'internet     = routed'
mobile_router_conf normal
capture wan ha wan0 udp port 434
ulimit -c unlimited
home_agent_up -vvv
for where in ha mr; do
    install -d -m 3770 "$DIR/$where/bus"
    run_bg "$where.dump" "$where" "$(binary mipsockdump)" -b "$DIR/$where/bus" -a --json \
        -w "$DIR/$where.bus.pcap"
    run_bg "$where.text" "$where" "$(binary mipsockdump)" -b "$DIR/$where/bus" -a
done
mobile_router_up -vvv
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2

# replies refused, requests refused, a clock that is wrong, garbage: what errors are logged about
ip -n "$RQ-mr" addr add 198.51.100.3/24 dev up2
ip -n "$RQ-mr" rule add from 198.51.100.3 lookup 52
route mr add default via 198.51.100.1 dev up2 table 52
sub "hostile: what is refused is logged" ns mr python3 "$PEERS/hostile.py" --ha "$HA_ADDR" \
    --source 198.51.100.3 --spi 1008 --key "$KEY2" --nai site8 --home 10.200.0.8 \
    --network 10.8.0.0/24 --other "1007,$KEY,10.200.0.7,site7,10.7.0.0/24" \
    --only forged --only digests --only lengths --only insider

# reload with another key, then with a file that is broken behind a good one
sed -i "s/^1008.*/1008 hmac-sha256 $KEY4/" "$DIR/ha/keys"
kill -HUP "${PID[ha.had]}"
mkdir "$DIR/said"
logged() { grep -q "${@:2}" "$DIR/$1.log"; }
check "a new key is read" wait_for 10 logged ha.had -e "1 changed"
cp "$DIR/ha/keys" "$DIR/keys.good"
printf '%s\n' "1010 hmac-sha256 ${KEY}x" >>"$DIR/ha/keys"
kill -HUP "${PID[ha.had]}"
check "a broken one is not" wait_for 10 logged ha.had -e 'keys:4: '

for where in ha mr; do
    for words in status links tunnels bindings history "config show" "config check" "log debug"; do
        # shellcheck disable=SC2086
        ctl "$where" -c "$DIR/$where/raiic.conf" $words >>"$DIR/said/$where" 2>&1
        # shellcheck disable=SC2086
        ctl "$where" --json -c "$DIR/$where/raiic.conf" $words >>"$DIR/said/$where" 2>&1
    done
done
for name in had tunneld mnd linkmon; do
    where=mr
    [ "$name" = had ] && where=ha
    "$(binary "$name")" -nvvv -c "$DIR/$where/raiic.conf" >>"$DIR/said/check.$name" 2>&1
    pid=${PID[$where.$name]}
    mkdir "$DIR/said/$name"
    for file in cmdline environ status comm limits; do
        cat "/proc/$pid/$file" >"$DIR/said/$name/$file" 2>&1
    done
done
# a key at every place of a line, and cut in every way
refused() { # LINE
    cp "$DIR/keys.good" "$DIR/ha/keys"
    printf '%s\n' "$1" >>"$DIR/ha/keys"
    "$(binary had)" -nvvv -c "$DIR/ha/raiic.conf" >"$DIR/said/refused" 2>&1
    [ $? = 2 ] && grep -q 'keys:4: ' "$DIR/said/refused" && cat "$DIR/said/refused" >>"$DIR/said/all"
}
for line in "1011 hmac-sha256 ${KEY2:0:61}" "1011 hmac-sha256 ${KEY2:0:8}" "1012 $KEY hmac-sha256" \
    "$KEY" "$KEY hmac-sha256 1007" "0x$KEY" "1013 hmac-sha256 $KEY $KEY2" "1013 hmac-sha256 0x$KEY" \
    "1013 hmac-sha256 $KEY replay=$KEY2" "1013 hmac-sha256 $KEY tolerance=$KEY2" \
    "1013 hmac-sha256 $KEY $KEY2=7s" "1007 hmac-sha256 $KEY" "1013 $KEY" "1013 hmac-$KEY $KEY2"; do
    refused "$line" || not_ok "a bad key line is refused by its number" \
        "${line//[0-9a-f][0-9a-f][0-9a-f][0-9a-f]/#} gives: $(cat "$DIR/said/refused")"
done
ok "bad key lines are refused by their number"
check "a key file for everybody is refused" sh -c "
    cp '$DIR/mr/keys' '$DIR/said.keys' && chmod 644 '$DIR/said.keys' &&
    sed 's,^keys.*,keys = \"$DIR/said.keys\",' '$DIR/mr/raiic.conf' >'$DIR/open.conf' &&
    '$(binary mnd)' -n -c '$DIR/open.conf'; [ \$? = 2 ] && rm '$DIR/said.keys'"

check "the traces are there" test -s "$DIR/mr.bus.pcap" -a -s "$DIR/mr.dump.log" \
    -a -s "$DIR/mr.text.log" -a -s "$DIR/ha/had.db" -a -s "$DIR/mr.mnd.log"
check "no key in what daemons log and tools print" seek_all "$DIR/said" "$DIR"/*.log
check "no key in a recording of the bus" seek_all "$DIR/mr.bus.pcap" "$DIR/ha.bus.pcap"
check "no key in the store" seek_all "$DIR"/ha/had.db*
check "the store is closed to others" sh -c "! find '$DIR/ha' -name 'had.db*' -perm /007 | grep ."
for name in ha.tunneld mr.tunneld mr.linkmon ha.dump mr.dump; do
    check "no key in the memory of $name" seek_all --memory "${PID[$name]}"
done
refute "the search would find it there: had has it" seek_all --memory "${PID[ha.had]}"
for name in ha.had ha.tunneld mr.mnd mr.tunneld mr.linkmon; do
    check "$name may not leave a core" grep -q '^Max core file size *0 *0 ' "/proc/${PID[$name]}/limits"
done
for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
capture_stop wan
check "no key on the wire" seek_all "$DIR/wan.pcap"

# the good file again; a directory of its own for what the kernel might write
home_agent_conf 'internet     = routed'
mkdir "$DIR/core"
cd "$DIR/core" || exit 1
for name in ha.had ha.tunneld mr.mnd mr.tunneld mr.linkmon; do
    where=${name%.*}
    check "no core of $name after SIGABRT" ns "$where" "${seek[@]}" "$KEY" --abort \
        "$(binary "${name#*.}")" -c "$DIR/$where/raiic.conf" -b "$DIR/$where/bus"
done
check "no file either" sh -c "! ls '$DIR/core' | grep ."
check "and no key in what they logged" seek_all "$DIR/core"
cd /
tally
