# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What our tunnel carries beside plain forwarding and the tunnels of others, in the same run: rounds
# are interleaved. See line.sh for what stands between client and server.
if [ "$QUICK" = yes ]; then
    ROUNDS=1 TCP_SECONDS=1 UDP_SECONDS=0.3 TUNNELS=20000
else
    ROUNDS=5 TCP_SECONDS=3 UDP_SECONDS=3 TUNNELS=100000
fi
. bench/line.sh

# Of the whole machine, in hundredths of a second.
cpu_busy() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8; exit }' /proc/stat; }

tcp() { # NAME SOURCE IPERF3-ARGUMENT...
    local name=$1 source=$2 before
    shift 2
    before=$(cpu_busy)
    ns host iperf3 -c "$SERVER" -B "$source" -t "$TCP_SECONDS" -J "$@" >"$DIR/iperf.json"
    jq -c --arg n "$name" --argjson cpu "$(($(cpu_busy) - before))" '.end.sum_received |
        {name: $n, bps: .bits_per_second, octets: .bytes, cpu_s: ($cpu / 100)}' "$DIR/iperf.json" >>"$results"
}

datagrams() { # NAME SOURCE FLOWS OCTETS WINDOW [TRAIN]
    local name=$1 source=$2
    shift 2
    ns host "$BUILD/bench/bench-datagrams" source "$source" "$SERVER" 5000 \
        "$1" "$2" "$3" "$UDP_SECONDS" "${@:4}" | jq -c --arg n "$name" '{name: $n} + .' >>"$results"
}

resident() { awk '/^VmHWM/ { print $2 }' "/proc/${PID[$1.tunneld]}/status"; }

tunnels() { ctl ha counters --json | jq .tunneld.tunnels; }
tunnels_are() { [ "$(tunnels)" = "$1" ]; }

table_is_full() { grep -q fill_s "$DIR/table.log" && tunnels_are "$1"; }

# Our tunnel with other routers in the home agent's table: bench-table has had's place.
table() { # NAME ROUTERS [CHANGES-PER-SECOND]
    local name=$1 to=$results
    local results=$DIR/table.run
    shift
    rm -f "$results" "$DIR/table.log"
    run_bg table ha "$BUILD/bench/bench-table" "$DIR/ha/bus" "$@"
    if wait_for 180 table_is_full "$(($1 + 1))"; then
        tcp - 10.7.0.5
        datagrams - 10.7.0.5 64 64 32
        tunnels | jq '{tunnels: .}' >>"$results"
    fi
    kill "${PID[table]}" && wait "${PID[table]}"
    unset "PID[table]"
    [ -s "$results" ] || { echo "no table of $1 routers within three minutes"; return; }
    jq -sc --arg n "$name" 'add + {name: "table", table: $n}' "$results" "$DIR/table.log" >>"$to"
}

for ((i = 0; i < ROUNDS; i++)); do
    for way in "${WAYS[@]}"; do
        name=${way%:*} source=${way#*:}
        tcp "tcp1 $name" "$source"
        tcp "tcp4 $name" "$source" -P 4
        tcp "tcp500 $name" "$source" -b 500M
        datagrams "udp1 $name" "$source" 1 64 256
        datagrams "udp64 $name" "$source" 64 64 32
        datagrams "quic $name" "$source" 1 1200 256 32
        datagrams "flood $name" "$source" 1 64 0
    done
done
jq -nc --argjson mr "$(resident mr)" --argjson ha "$(resident ha)" --argjson w "$(nproc)" \
    '{name: "memory", mr: $mr, ha: $ha, workers: ([$w, 4] | min)}' >>"$results"
daemon_stop ha.had KILL
for ((i = 0; i < ROUNDS; i++)); do
    table one 0
    table full "$TUNNELS"
    table churn "$TUNNELS" 10000
done
python3 bench/throughput.py "$results" "$JSON"
