#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# As the units run them: had, mnd and linkmon each as a user of its own, without any capability, in
# a network namespace with nothing in it; tunneld as root. What holds them together is a directory.

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mnd linkmon mipctl
need jq setpriv

BUS=64000 KEYS=64009                    # groups
declare -A USER_OF=([had]=64001 [mnd]=64002 [linkmon]=64003)
OUTSIDER=64010

# Groups have to have their names. What is mounted after ip netns exec is seen by that process only.
# The daemons take the users from the configuration; mipctl reads none, it has to know their names.
{ cat /etc/group; echo "raiic:x:$BUS:"; echo "raiic-keys:x:$KEYS:"; } >"$DIR/group"
{
    cat /etc/passwd
    for role in "${!USER_OF[@]}"; do
        echo "raiic-$role:x:${USER_OF[$role]}:$BUS::/nonexistent:/usr/sbin/nologin"
    done
} >"$DIR/passwd"
# shellcheck disable=SC2016
WITH_GROUPS=(sh -c 'mount --bind "$0" /etc/group && exec "$@"' "$DIR/group")
# shellcheck disable=SC2016
WITH_USERS=(sh -c 'mount --bind "$0" /etc/passwd && exec "$@"' "$DIR/passwd")
ctl() { ns "$1" "${WITH_USERS[@]}" "$(binary mipctl)" -b "$DIR/$1/bus" "${@:2}"; }

testbed_up
ns_add empty1 empty2 empty3
declare -A WHERE_OF=([had]=empty1 [mnd]=empty2 [linkmon]=empty3)
chmod 711 "$DIR"
mkdir -p "$DIR/ha/store"
STORE=$DIR/ha/store/had.db home_agent_conf 'internet     = routed'
mobile_router_conf 'thesis  interval = 150ms  threshold = 2  hold = 1s  hold-max = 1s'
chown "${USER_OF[had]}" "$DIR/ha/store"
for where in ha mr; do
    cat >>"$DIR/$where/raiic.conf" <<CONF
bus {
    trust had { users = { "${USER_OF[had]}" } }
    trust mnd { users = { "${USER_OF[mnd]}" } }
    trust linkmon { users = { "${USER_OF[linkmon]}" } }
    trust tunneld { users = { "0" } }
}
CONF
    chmod 644 "$DIR/$where/raiic.conf"
    chgrp "$KEYS" "$DIR/$where/keys"
    chmod 640 "$DIR/$where/keys"
    install -d -m 3770 -g "$BUS" "$DIR/$where/bus"
    snapshot "$where" >"$DIR/$where.before"
done
for name in empty1 empty2 empty3; do snapshot "$name" >"$DIR/$name.before"; done

# As lib.sh has it, but as somebody.
daemon_start() { # NS NAME
    local who=(--regid "$BUS" --clear-groups) where=$1
    START[$1.$2]="$1 $2"
    if [ "$2" != tunneld ]; then
        who=(--reuid "${USER_OF[$2]}" --regid "$BUS" --groups "$BUS,$KEYS" --inh-caps=-all
            --bounding-set=-all --no-new-privs)
        [ "$2" = linkmon ] && who=("${who[@]/$BUS,$KEYS/$BUS}")
        where=${WHERE_OF[$2]}
    fi
    run_bg "$1.$2" "$where" "${WITH_GROUPS[@]}" setpriv "${who[@]}" "$(binary "$2")" -c "$DIR/$1/raiic.conf" \
        -b "$DIR/$1/bus"
}

status_of() { awk -v key="$2:" '$1 == key { print $2 }' "/proc/${PID[$1]}/status"; }
runs_as() { [ "$(status_of "$1" Uid)" = "$2" ] && [ "$(status_of "$1" CapEff)" = 0000000000000000 ]; }
keeps_only() { [ "$(status_of "$1" CapEff)" = "$2" ] && [ "$(status_of "$1" CapPrm)" = "$2" ]; }

home_agent_up
mobile_router_up
check "connected" connected
check "both uplinks are registered" wait_for 15 has_paths 2
check "had is nobody" runs_as ha.had "${USER_OF[had]}"
check "mnd is nobody" runs_as mr.mnd "${USER_OF[mnd]}"
check "linkmon is nobody" runs_as mr.linkmon "${USER_OF[linkmon]}"
for name in ha.tunneld mr.tunneld; do   # CAP_NET_BIND_SERVICE and CAP_NET_ADMIN
    check "$name has kept two capabilities" keeps_only "$name" 0000000000001400
done
for name in ha.had mr.mnd mr.linkmon ha.tunneld mr.tunneld; do
    check "$name can gain none" test "$(status_of "$name" NoNewPrivs)" = 1
    if [ "$(status_of "$name" Seccomp)" != 2 ]; then note "$name filters no system calls"; fi
done
check "no member has a socket of the Internet" sh -c "! cat /proc/${PID[ha.had]}/net/udp \
    /proc/${PID[mr.mnd]}/net/udp /proc/${PID[mr.linkmon]}/net/udp | grep ':01B2 '"
check "status is 0 for root" wait_for 10 ctl mr status
as() { # USER GROUP ARGUMENT...
    ns mr "${WITH_USERS[@]}" setpriv --reuid "$1" --regid "$2" --clear-groups "$(binary mipctl)" \
        -b "$DIR/mr/bus" "${@:3}"
}
refute "an outsider learns nothing" as "$OUTSIDER" "$OUTSIDER" links
refute "and moves nothing" as "$OUTSIDER" "$OUTSIDER" move up2
refute "nor does a member of the group who is no admin" as "$OUTSIDER" "$BUS" move up2
check "traffic is where it was" is_active up1

# Members of the group, but not who they say they are.
impostor() { # ROLE: its socket, and everything that role could say
    timeout 5 setpriv --reuid "$OUTSIDER" --regid "$BUS" --clear-groups /usr/bin/python3 - \
        "$DIR/mr/bus" "$1" <<'PY'
import os, socket, sys
folder, role = sys.argv[1:]
name = f"{folder}/{role}.{os.getpid()}"
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind(name)
for entry in os.listdir(folder):
    for size in (1, 16, 64, 512):
        for fill in (0, 1, 255):
            try:
                sock.sendto(bytes([fill]) * size, f"{folder}/{entry}")
            except OSError:
                pass
os.unlink(name)
PY
}
check "an impostor talks to all" impostor linkmon
check "and all live on" sh -c "kill -0 ${PID[mr.mnd]} && kill -0 ${PID[mr.tunneld]} && kill -0 ${PID[mr.linkmon]}"

hole on p1
check "uplink 2 takes over" wait_for 20 is_active up2
check "and carries" wait_for 10 host_reaches
hole off p1
for name in ha.had mr.mnd mr.linkmon mr.tunneld ha.tunneld; do
    daemon_stop "$name" KILL
    daemon_again "$name"
    check "$name is back after kill -9" wait_for 10 alive "$name"
    check "$name: and everything goes on" wait_for 10 host_reaches
done
check "both uplinks are registered again" wait_for 30 has_paths 2
for name in mr.mnd mr.linkmon mr.tunneld ha.had ha.tunneld; do
    check "$name leaves with 0" daemon_stop "$name"
done
for name in ha mr empty1 empty2 empty3; do
    no_leftover "$DIR/$name.before" "$name" "$name is as it was"
done
check "no socket is left on the bus" test -z "$(find "$DIR"/*/bus -type s)"
tally
