# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# A home agent with 100,000 routers: the memory of all its daemons (S3) with two care-of addresses
# and one network each, and how soon had serves again after kill -9 (S4).
. bench/fleet.sh

N=100000 RUNS=5
[ "$QUICK" = yes ] && N=20000 RUNS=2
fleet_up "$N"

restored() { grep -c "$ROUTERS bindings restored" "$DIR/ha.had.log"; }
is_restored() { [ "$(restored)" -gt "$1" ]; }

note_run empty "{}" had "$(pss had)" tunneld "$(pss tunneld)"
note_run fill "$(load fill)"
note_run full "{}" had "$(pss had)" tunneld "$(pss tunneld)"
# Replies are kept for 10 s, for requests that the network delivers twice.
sleep 12
note_run settled "{}" had "$(pss had)" tunneld "$(pss tunneld)"

for ((i = 0; i < RUNS; i++)); do
    before=$(restored)
    daemon_stop ha.had KILL
    begin=$(date +%s%N)
    daemon_again ha.had
    json=$(load -o "$((1000 * (i + 1)))" first) || exit 1
    is_restored "$before" || { show_logs; echo "not all bindings came back"; exit 1; }
    note_run restart "$(jq -c --argjson b "$begin" '.seconds = (.at - $b) / 1e9' <<<"$json")"
    sleep 3 # what is stamped less than 2 s after the last accepted request is not fresh
done
note_run restarted "{}" had "$(pss had)" tunneld "$(pss tunneld)"
python3 bench/scale.py "$RESULTS" "$JSON" "$N"
