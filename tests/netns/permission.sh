#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A daemon without what it needs says which thing, and how to get it, and leaves with 1 (2 if it is
# the configuration); nothing is left of it. An outsider cannot join a bus (THREATS T14).

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl mipsockdump
need setpriv jq

testbed_up
home_agent_conf
mobile_router_conf normal
for where in ha mr; do
    install -d -m 3770 "$DIR/$where/bus"
    snapshot "$where" >"$DIR/$where.before"
done
chmod 755 "$DIR" "$DIR/ha" "$DIR/mr"
outsider=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
where_of() { if [ "$1" = had ]; then echo ha; else echo mr; fi; }

# tries STATUS PATTERN NS COMMAND…: it leaves by itself with this status and says this
tries() {
    local status=$1 pattern=$2 where=$3 got
    shift 3
    ns "$where" timeout 10 "$@" >"$DIR/said" 2>&1
    got=$?
    grep -q -e "$pattern" "$DIR/said" && [ "$got" = "$status" ] && return
    echo "status $got: $(cat "$DIR/said")"
    return 1
}
run() { # NAME [ARGUMENT…]: on stdout, a word a line
    printf '%s\n' "$(binary "$1")" -c "$DIR/$(where_of "$1")/raiic.conf" "${@:2}"
}

for name in had tunneld mnd linkmon; do
    where=$(where_of "$name")
    mapfile -t command < <(run "$name" -b "$DIR/nowhere")
    check "$name without a bus directory" tries 1 'tmpfiles --create' "$where" "${command[@]}"
done
for name in tunneld linkmon; do # the others have nothing before their keys
    mapfile -t command < <(run "$name" -b "$DIR/mr/bus")
    check "$name of an outsider" tries 1 'group raiic' mr "${outsider[@]}" "${command[@]}"
done

mapfile -t command < <(run mnd -b "$DIR/mr/bus")
check "mnd that may not read its keys" tries 2 'raiic-keys' mr \
    "${outsider[@]}" "${command[@]}"
for where in ha mr; do
    command=("$(binary tunneld)" -c "$DIR/$where/raiic.conf" -b "$DIR/$where/bus")
    check "$where: tunneld without CAP_NET_ADMIN" tries 1 'CAP_NET_ADMIN is missing: .*raiic-tunneld' \
        "$where" setpriv --bounding-set -net_admin --inh-caps -net_admin -- "${command[@]}"
done
check "tunneld without CAP_NET_BIND_SERVICE" tries 1 'CAP_NET_BIND_SERVICE is missing: .*raiic-tunneld' \
    ha setpriv --bounding-set -net_bind_service --inh-caps -net_bind_service -- \
    "$(binary tunneld)" -c "$DIR/ha/raiic.conf" -b "$DIR/ha/bus"
run_bg thief ha python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("203.0.113.1", 434))
print("ready", flush=True)
time.sleep(600)'
wait_for 5 grep -q ready "$DIR/thief.log" || not_ok "another program has the port"
check "tunneld whose port is taken" tries 1 '203.0.113.1:434 is used by another program' ha \
    "$(binary tunneld)" -c "$DIR/ha/raiic.conf" -b "$DIR/ha/bus"
kill "${PID[thief]}"
for where in ha mr; do
    no_leftover "$DIR/$where.before" "$where" "nothing was started at $where"
    check "and nothing is left on its bus" sh -c "! find '$DIR/$where/bus' -type s | grep ."
done

# T14: with a bus that works
home_agent_up
check "an outsider's mipctl is told why" tries 3 'group raiic' ha \
    "${outsider[@]}" "$(binary mipctl)" -b "$DIR/ha/bus" status
refute "an outsider's mipsockdump hears nothing" "${outsider[@]}" \
    timeout 5 "$(binary mipsockdump)" -b "$DIR/ha/bus" -a -n 1
check "an outsider can neither list, bind nor send" python3 -c '
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
bus = sys.argv[1]
def fails(what):
    try:
        what()
    except PermissionError:
        return
    sys.exit(f"{what} was allowed")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
fails(lambda: os.listdir(bus))
fails(lambda: s.bind(bus + "/mnd"))
fails(lambda: s.connect(bus + "/had"))
fails(lambda: s.sendto(b"MIPS", bus + "/tunneld"))
fails(lambda: os.unlink(bus + "/had"))
' "$DIR/ha/bus"
check "had lives" alive ha.had
tally
