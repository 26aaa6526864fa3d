#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The bus of a running home agent before somebody without any right to it (THREATS T14).

. "$(dirname "$0")/lib.sh"
netns_begin had tunneld mipctl mipsockdump
need setpriv jq

testbed_up
home_agent_conf
home_agent_up
chmod 755 "$DIR" "$DIR/ha" # the way to the bus is open, the bus is not
outsider=(setpriv --reuid 65534 --regid 65534 --clear-groups --)

"${outsider[@]}" "$(binary mipctl)" -b "$DIR/ha/bus" status >"$DIR/said" 2>&1
[ $? = 3 ] && grep -q 'group raiic' "$DIR/said" || not_ok "mipctl says why" "$(cat "$DIR/said")"
refute "mipsockdump hears nothing" "${outsider[@]}" \
    timeout 5 "$(binary mipsockdump)" -b "$DIR/ha/bus" -a -n 1
check "nothing is listed, bound, sent to or removed" python3 -c '
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
bus = sys.argv[1]
def fails(name, what):
    try:
        what()
    except PermissionError:
        return
    sys.exit(f"{name} was allowed")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
fails("list", lambda: os.listdir(bus))
fails("bind", lambda: s.bind(bus + "/mnd"))
fails("connect", lambda: s.connect(bus + "/had"))
fails("send", lambda: s.sendto(b"MIPS", bus + "/tunneld"))
fails("unlink", lambda: os.unlink(bus + "/had"))
' "$DIR/ha/bus"
check "root still can" ctl ha status
for name in ha.had ha.tunneld; do
    daemon_stop "$name" || not_ok "$name leaves with 0"
done
tally
