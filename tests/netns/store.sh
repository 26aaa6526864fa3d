#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Usage: store.sh [--rounds N]
#
# Trouble with the disk (THREATS T20, DESIGN section 8): full, taken away, broken, read-only, slow.
# Registrations go on, had says so, and is durable again by itself; what was accepted is there after
# both daemons have been killed. With durability = before-reply that holds from the reply on: N
# times both are killed as soon as one was seen.

cd "$(dirname "$0")/../.." || exit 1
. bench/fleet.sh
ROUNDS=5
[ "${1:-}" = --rounds ] && ROUNDS=$2
need jq mount mkfs.ext4 fsfreeze
[ -x "$LOAD" ] || skip "$LOAD is not built"

N=300 # their records are more than 64 kB
DISK=$DIR/disk
STORE=$DISK/had.db
CLEANUP+=(disks_away)

disks_away() {
    fsfreeze -u "$DISK" 2>/dev/null
    while umount -l "$DISK" 2>/dev/null; do :; done
}

status() { ctl ha status --json; }
store_is() { status | jq -e --arg s "$1" '.store | startswith($s)'; }
logged() { grep -c "$1" "$DIR/ha.had.log"; }
has_logged() { [ "$(logged "$1")" -ge "$2" ]; }
count() { bindings | jq '.bindings | length'; }
has_all() { [ "$(count)" = "$N" ]; }
# What is stamped less than 2 s after the last accepted request is not fresh after a crash.
fresh() { sleep 2.1; }
load_quietly() { load "$@" >"$DIR/load.out"; }
# Of both daemons nothing is left but the store.
kill_all() {
    daemon_stop ha.had KILL
    daemon_stop ha.tunneld KILL
    daemon_again ha.tunneld
    daemon_again ha.had
}

# what is mounted here is seen by the daemons' namespaces too, also later
mkdir "$DISK"
mount --bind "$DISK" "$DISK"
mount --make-private "$DISK" && mount --make-shared "$DISK"

# ---- full
mount -t tmpfs -o size=64k full "$DISK"
fleet_up "$N"
check "a full disk: all registrations are accepted" load_quietly fill
check "and it is said" wait_for 5 store_is "not durable: "
status >"$DIR/status" && not_ok "mipctl status is a success"
check "with the reason" jq -e '.status == "degraded" and (.reason | test("No space|full"))' "$DIR/status"
check "once in the log" test "$(logged 'store: not durable')" = 1
mount -o remount,size=8m "$DISK"
check "with space it is durable again" wait_for 5 store_is durable
check "which is said as well" has_logged "store: durable again" 1
kill_all
check "and all is there after both were killed" wait_for 10 has_all

# ---- taken away, and another disk in its place
truncate -s 32M "$DIR/image"
mkfs.ext4 -q "$DIR/image"
fresh
rm -f "$DISK"/had.db*
check "a store that was deleted: registrations go on" load_quietly fill
check "it is written anew" wait_for 5 has_logged "opened again" 1
kill_all
check "as a whole" wait_for 10 has_all
if mount -o loop,errors=remount-ro "$DIR/image" "$DISK" 2>/dev/null; then
    fresh
    before=$(logged "opened again")
    check "another disk in its place: registrations go on" load_quietly fill
    check "it is written to" wait_for 5 has_logged "opened again" $((before + 1))

    # ---- slow
    fsfreeze -f "$DISK"
    check "a disk that stands still: registrations go on" load_quietly fill
    sleep 2 # longer than a write may take
    check "still" load_quietly fill
    check "it is said" wait_for 5 store_is "not durable: "
    fsfreeze -u "$DISK"
    check "and durable again" wait_for 5 store_is durable

    # ---- read-only from one moment to the next, as after an error of the disk
    device=$(basename "$(findmnt -n -o SOURCE "$DISK" | tail -n 1)")
    if echo 1 2>/dev/null >"/sys/fs/ext4/$device/trigger_fs_error"; then
        check "a read-only disk: registrations go on" load_quietly fill
        check "it is said" wait_for 5 store_is "not durable: "
        umount -l "$DISK"
        check "on the disk below it is durable again" wait_for 5 store_is durable
        kill_all
        check "and all is there after both were killed" wait_for 10 has_all
    else
        note "no trigger_fs_error: read-only not tried"
    fi
else
    note "no loop devices: slow and read-only not tried"
fi

# ---- damaged, noticed at the next start: tunneld has them still
daemon_stop ha.had KILL
rm -f "$STORE-wal"
head -c 8192 /dev/urandom >"$STORE"
daemon_again ha.had
check "a damaged store is moved aside" wait_for 10 has_logged "is corrupt: moved to" 1
check "and its bindings come from tunneld" wait_for 10 has_all
kill_all
check "and are in the new one" wait_for 10 has_all

# ---- before-reply
daemon_stop ha.had && daemon_stop ha.tunneld
rm -f "$DISK"/had.db*
sed -i 's/^home-agent {/&\n    durability = before-reply/' "$DIR/ha/raiic.conf"
daemon_again ha.tunneld
daemon_again ha.had
wait_for 10 bindings || not_ok "had answers"
at_once() {
    load_quietly -c 1 -o "$1" latency
    local rc=$?
    kill_all
    return $rc
}
for ((i = 0; i < ROUNDS; i++)); do
    at_once "$i" || not_ok "registration $i"
    wait_for 10 bindings || not_ok "had answers"
    lost=$((i + 1 - $(count)))
    [ "$lost" = 0 ] || break
done
check "before-reply: $i times killed at the reply, none lost" test "$i" = "$ROUNDS"
tally
