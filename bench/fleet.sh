# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# A home agent with its daemons in one namespace, a fleet of routers that bench-load plays in
# another, one veth link between them. Sourced; then fleet_up ROUTERS.
. tests/netns/lib.sh
netns_begin had tunneld mipctl
LOAD=$BUILD/bench/bench-load
RESULTS=$DIR/results

load() { ns fleet "$LOAD" -n "$ROUTERS" "$@"; }

fleet_up() { # ROUTERS
    ROUTERS=$1
    ns_add ha fleet
    link_pair ha wan0 "$HA_ADDR/24" fleet wan0 203.0.113.2/24
    route ha add 100.64.0.0/10 via 203.0.113.2
    ip -n "$RQ-fleet" route add local 100.64.0.0/10 dev lo
    mkdir -p "$DIR/ha"
    load -d "$DIR/ha" files || exit 1
    cat >"$DIR/ha/raiic.conf" <<CONF
keys = "$DIR/ha/keys"
routers = "$DIR/ha/routers"
home-agent {
    address       = { $HA_ADDR }
    home-network  = 10.0.0.0/15
    aggregates    = { 10.128.0.0/9 }
    store         = "${STORE-$DIR/ha/had.db}"
${HA_LINES-}
    internet      = none
    export-routes = no
}
CONF
    daemon_start ha tunneld
    daemon_start ha had
    load first >/dev/null || exit 1
}

# processor time of a daemon so far, in ms
cpu_ms() {
    awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) * 1000 / hz}' "/proc/${PID[ha.$1]}/stat"
}

# resident memory of a daemon in kB, what it shares divided among those who share it
pss() { awk '/^Pss:/ {print $2}' "/proc/${PID[ha.$1]}/smaps_rollup"; }

# note_run NAME JSON [KEY VALUE]...: a run, with numbers of its own
note_run() {
    local name=$1 json=$2
    shift 2
    while [ $# -gt 0 ]; do
        json=$(jq -c --arg k "$1" --argjson v "$2" '.[$k] = $v' <<<"$json")
        shift 2
    done
    jq -c --arg n "$name" '.name = $n' <<<"$json" >>"$RESULTS"
}
