# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Registrations of a fleet at one home agent: how many a second (S1), how long one takes (S2), and
# what the bus alone carries (S5). Every request is an exchange over real sockets: load, kernel,
# tunneld, bus, had, bus, tunneld, kernel, load; with the store, as it is installed.
. bench/fleet.sh

if [ "$QUICK" = yes ]; then
    RUNS=2 COUNT=20000 SAMPLES=500
else
    RUNS=5 COUNT=200000 SAMPLES=2000
fi
WINDOW=1024
fleet_up 100000

# Each router once: every binding exists when the clock runs.
load -c "$ROUTERS" -w 256 rate >/dev/null || exit 1
for ((i = 0; i < RUNS; i++)); do
    had=$(cpu_ms had) tunneld=$(cpu_ms tunneld)
    json=$(load -c "$COUNT" -w "$WINDOW" rate) || exit 1
    note_run rate "$json" had_cpu_ms "$(($(cpu_ms had) - had))" \
        tunneld_cpu_ms "$(($(cpu_ms tunneld) - tunneld))"
done
for ((i = 0; i < RUNS; i++)); do
    json=$(load -c "$SAMPLES" -o "$((i * SAMPLES))" latency) || exit 1
    note_run latency "$json"
done
install -d -m 3770 "$DIR/bus"
"$BUILD/bench/bench-bus" "$DIR/bus" "$RUNS" | while read -r json; do note_run bus "$json"; done
python3 bench/registrations.py "$RESULTS" "$JSON"
