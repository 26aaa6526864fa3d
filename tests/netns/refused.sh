#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a daemon may not do or does not have: a line that names it, an exit status, nothing left.
# 1 when the machine refuses, 2 when the configuration does.

# nobody gets so far as to send anything
WAN=''
. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon
need setpriv

testbed_up
home_agent_conf 'internet     = nat'
mobile_router_conf normal
chmod 711 "$DIR"
ALL="ha.tunneld ha.had mr.tunneld mr.linkmon mr.mnd"
WITH_KEYS="ha.had mr.mnd"
NOBODY=(setpriv --reuid 64001 --regid 64001 --clear-groups)

fresh() { # the configurations as they should be, no bus
    local where
    rm -rf "$DIR/ha" "$DIR/mr"
    home_agent_conf 'internet     = nat'
    mobile_router_conf normal
    for where in ha mr; do
        chmod 644 "$DIR/$where/raiic.conf"
        install -d -m 3770 "$DIR/$where/bus"
    done
}

sockets() { find "$DIR" -type s; }

# refused NS.NAME STATUS PATTERN [PREFIX...]: ends by itself so, says that, and leaves nothing
refused() {
    local where=${1%.*} name=${1#*.} status=$2 pattern=$3 log=$DIR/$1.log got
    shift 3
    : >"$log"
    timeout 20 ip netns exec "$RQ-$where" "$@" "$(binary "$name")" -c "$DIR/$where/raiic.conf" \
        -b "$DIR/$where/bus" >"$log" 2>&1
    got=$?
    CASE="$CASE_NAME: $where.$name"
    if [ "$got" != "$status" ]; then
        not_ok "$CASE ends with $status" "$got: $(cat "$log")"
    elif ! grep -q -E -e "$pattern" "$log"; then
        not_ok "$CASE says so" "$(cat "$log")"
    elif [ -n "$(sockets)" ]; then
        not_ok "$CASE leaves no socket" "$(sockets)"
    else
        ok "$CASE: $(grep -E -e "$pattern" "$log" | head -n 1 | sed "s|$DIR/||")"
    fi
}

without() { echo setpriv --bounding-set="$(printf -- '-%s,' "$@" | sed 's/,$//')" \
    --inh-caps="$(printf -- '-%s,' "$@" | sed 's/,$//')"; }

for where in ha mr; do snapshot "$where" >"$DIR/$where.before"; done

CASE_NAME="no CAP_NET_ADMIN"
fresh
for daemon in ha.tunneld mr.tunneld; do
    # shellcheck disable=SC2046
    refused "$daemon" 1 'CAP_NET_ADMIN is missing' $(without net_admin)
done
CASE_NAME="no CAP_NET_BIND_SERVICE"
for daemon in ha.tunneld mr.tunneld; do
    # shellcheck disable=SC2046
    refused "$daemon" 1 'CAP_NET_BIND_SERVICE is missing' $(without net_bind_service)
done
CASE_NAME="no capability at all"
for daemon in ha.tunneld mr.tunneld; do
    refused "$daemon" 1 'CAP_NET_[A-Z_]+ is missing' setpriv --bounding-set=-all --inh-caps=-all
done

CASE_NAME="no bus directory"
rm -r "$DIR/ha/bus" "$DIR/mr/bus"
for daemon in $ALL; do refused "$daemon" 1 'no bus directory .*/bus'; done
CASE_NAME="bus directory of others"
fresh
chmod 640 "$DIR"/*/keys
for daemon in ha.tunneld mr.tunneld mr.linkmon; do
    refused "$daemon" 1 'not allowed in bus directory .*/bus' "${NOBODY[@]}"
done

CASE_NAME="keys of others"
fresh
for daemon in $WITH_KEYS; do refused "$daemon" 2 'keys not readable' "${NOBODY[@]}"; done
CASE_NAME="keys for everybody"
chmod 644 "$DIR"/*/keys
for daemon in $WITH_KEYS; do refused "$daemon" 2 'keys must be closed to others'; done
CASE_NAME="keys of an ordinary user"
chmod 600 "$DIR"/*/keys
chown 64001 "$DIR"/*/keys
for daemon in $WITH_KEYS; do refused "$daemon" 2 'keys must belong to root'; done
CASE_NAME="no keys"
rm "$DIR"/*/keys
for daemon in $WITH_KEYS; do refused "$daemon" 2 '/keys'; done
CASE_NAME="key cut off"
fresh
sed -i 's/^\(100[79] [^ ]*\).*/\1/' "$DIR"/*/keys
for daemon in $WITH_KEYS; do refused "$daemon" 2 '/keys:[0-9]+'; done

CASE_NAME="misspelt keyword"
fresh
sed -i 's/uplink up1/upilnk up1/' "$DIR/mr/raiic.conf"
sed -i 's/max-lifetime/max-liftime/' "$DIR/ha/raiic.conf"
for daemon in mr.tunneld mr.linkmon mr.mnd; do refused "$daemon" 2 'raiic.conf:[0-9]+: .*uplink'; done
for daemon in ha.tunneld ha.had; do refused "$daemon" 2 'raiic.conf:[0-9]+: .*max-lifetime'; done
CASE_NAME="section left open"
fresh
for where in ha mr; do sed -i '$d' "$DIR/$where/raiic.conf"; done
echo 'monitor {' >>"$DIR/mr/raiic.conf"
for daemon in $ALL; do refused "$daemon" 2 'raiic.conf:[0-9]+'; done
CASE_NAME="no configuration"
rm "$DIR"/*/raiic.conf
for daemon in $ALL; do refused "$daemon" 2 'raiic.conf'; done

CASE_NAME="port taken"
fresh
run_bg thief ha python3 -u -c "import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('$HA_ADDR', 434))
print('ready')
time.sleep(60)"
wait_for 10 grep -q ready "$DIR/thief.log" || note "the port is not taken"
refused ha.tunneld 1 "$HA_ADDR:434 is used by another program"

for where in ha mr; do no_leftover "$DIR/$where.before" "$where" "$where is as it was"; done
check "no key in any log" sh -c "! grep -q -i -e $KEY -e $KEY2 -e $KEY3 '$DIR'/*.log"
tally
