# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Round trips through our tunnel beside plain forwarding and the tunnels of others: with nothing
# else on the way, and under 300 Mbit/s of TCP by the same way.
if [ "$QUICK" = yes ]; then ROUNDS=1 PINGS=300; else ROUNDS=5 PINGS=3000; fi
. bench/line.sh

round_trip() { # NAME SOURCE
    ns host ping -n -A -q -c 20 -I "$2" "$SERVER" >/dev/null
    ns host ping -n -A -c "$PINGS" -I "$2" "$SERVER" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' |
        jq -sc --arg n "$1" 'sort | {name: $n, p50: .[length / 2 | floor],
            p99: .[length * 99 / 100 | floor], n: length}' >>"$results"
}

for ((i = 0; i < ROUNDS; i++)); do
    for way in "${WAYS[@]}"; do
        round_trip "idle ${way%:*}" "${way#*:}"
        run_bg load host iperf3 -c "$SERVER" -B "${way#*:}" -t 60 -b 300M
        round_trip "loaded ${way%:*}" "${way#*:}"
        kill "${PID[load]}" && wait "${PID[load]}" 2>/dev/null
        unset "PID[load]"
    done
done
python3 bench/latency.py "$results" "$JSON"
