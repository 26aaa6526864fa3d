# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Helpers for tests in network namespaces; source it, then call netns_begin.
#
#   BUILD    build folder with the binaries (default: build beside tests)
#   KEEP=1   leave logs and captures, print where
#   WAN      what wanem does to every link of the testbed's providers; empty: plain links
#
# All namespaces of a run carry the prefix $RQ; no device is ever made outside of them. On exit
# exactly the processes started here are ended and exactly these namespaces deleted.
#
# The testbed, by testbed_up:
#
#           10.7.0.0/24         up1 192.168.1.0/24 - p1, NAT, 203.0.113.11 -+
#   host .5 ------------- .1 mr <                                           +- net (a bridge)
#                               up2 198.51.100.0/24 - p2, 203.0.113.12 -----+   |
#                                   home agent: ha 203.0.113.1 -----------------+
#                                   server: inet 203.0.113.80, 192.0.2.80 ------+
#
# Links with wanem in the middle: up1 (mr - p1), up2 (mr - p2), core1 (p1 - net), core2 (p2 - net).
# With the usual delay a round trip between mr and ha takes 50 ms.

set -u
# shellcheck disable=SC2034
{
    HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    PEERS=$(cd "$HERE/../peers" && pwd)
    BUILD=${BUILD:-$(cd "$HERE/../.." && pwd)/build}
    HA_ADDR=203.0.113.1
    SERVER=192.0.2.80
    HOST_ADDR=10.7.0.5
}
RQ=rq$$
KEY=5a5b5c5d5e5f606162636465666768696a6b6c6d6e6f70717273747576777879
KEY2=a5b5c5d5e5f5061626364656667686960616263646566676869707172737475d
KEY3=00112233445566778899aabbccddeeff
WAN=${WAN-both delay 12500us jitter 1500us}

declare -A PID=() START=()        # by the name given to run_bg or daemon_start
NAMESPACES=()
CLEANUP=()
COUNT=0
FAILED=0

# ---------------------------------------------------------------- life of a test

skip() { echo "1..0 # SKIP $*"; exit 77; }
note() { echo "# $*"; }

need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || skip "$tool is missing"
    done
}

# netns_begin [DAEMON…]: what has to be there, else exit 77
# shellcheck disable=SC2120
netns_begin() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    need ip nft tcpdump python3
    ip netns add "$RQ-try" 2>/dev/null || skip "no network namespaces"
    ip netns del "$RQ-try"
    local daemon
    for daemon in "$@"; do
        [ -x "$(binary "$daemon")" ] || skip "$(binary "$daemon") is not built"
    done
    DIR=$(mktemp -d "${TMPDIR:-/tmp}/$RQ.XXXXXX")
    trap cleanup EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

cleanup() {
    local status=$? name ns
    trap - EXIT INT TERM
    for name in "${CLEANUP[@]}"; do "$name"; done
    for name in "${!PID[@]}"; do
        kill -TERM "${PID[$name]}" 2>/dev/null
    done
    for name in "${!PID[@]}"; do
        wait_for 3 gone "${PID[$name]}" || kill -KILL "${PID[$name]}" 2>/dev/null
        wait "${PID[$name]}" 2>/dev/null
    done
    for ns in "${NAMESPACES[@]}"; do
        ip netns del "$ns" 2>/dev/null
    done
    if [ "$FAILED" != 0 ] && [ "$status" = 0 ]; then status=1; fi
    if [ "${KEEP:-0}" = 1 ]; then
        note "logs and captures: $DIR"
    else
        [ "$status" = 0 ] || show_logs
        rm -rf "$DIR"
    fi
    exit "$status"
}

show_logs() {
    local file
    for file in "$DIR"/*.log; do
        [ -s "$file" ] || continue
        echo "# ---- $(basename "$file"), last lines"
        tail -n "${LOG_LINES:-25}" "$file" | sed 's/^/# /'
    done
}

# ok NAME / not_ok NAME WHY / check NAME COMMAND…
ok() { COUNT=$((COUNT + 1)); echo "ok $COUNT - $*"; }

not_ok() {
    COUNT=$((COUNT + 1)) FAILED=$((FAILED + 1))
    echo "not ok $COUNT - $1"
    # shellcheck disable=SC2001
    [ $# -lt 2 ] || sed 's/^/#   /' <<<"$2"
}

# The command runs in this shell, so that it may stop what was started here.
check() {
    local name=$1 out=$DIR/check.out
    shift
    if "$@" >"$out" 2>&1; then ok "$name"; else not_ok "$name" "$*: $(tail -n 40 "$out")"; fi
}

refute() {
    local name=$1 out=$DIR/check.out
    shift
    if "$@" >"$out" 2>&1; then not_ok "$name" "$*: $(tail -n 40 "$out")"; else ok "$name"; fi
}

same() { # NAME FILE FILE
    local out
    if out=$(diff -u "$2" "$3" 2>&1); then ok "$1"; else not_ok "$1" "$out"; fi
}

tally() { echo "1..$COUNT"; [ "$FAILED" = 0 ]; }

# sub NAME COMMAND…: a program that prints ok/not ok itself; its lines are shown, its failures count
sub() {
    local name=$1 out=$DIR/sub.$COUNT
    shift
    if "$@" >"$out" 2>&1; then
        ok "$name: $(grep -c '^ok' "$out") checks"
        grep '^#' "$out"
    else
        not_ok "$name" "$(grep -v '^ok' "$out" | tail -n 40)"
    fi
}

# ---------------------------------------------------------------- waiting

# wait_for SECONDS COMMAND…: polls every 50 ms until it succeeds
wait_for() {
    local end=$(($(date +%s%N) + $1 * 1000000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s%N)" -lt "$end" ] || return 1
        sleep 0.05
    done
}

gone() { ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" | cut -c1)" = Z ]; }
not() { ! "$@"; }

# ---------------------------------------------------------------- namespaces and links

ns() { local where=$RQ-$1; shift; ip netns exec "$where" "$@"; }

ns_add() {
    local name
    for name in "$@"; do
        ip netns add "$RQ-$name"
        NAMESPACES+=("$RQ-$name")
        ip -n "$RQ-$name" link set lo up
    done
}

# link_pair NS DEVICE ADDRESS|- NS DEVICE ADDRESS|-
link_pair() {
    ip -n "$RQ-$1" link add "$2" type veth peer name "$5" netns "$RQ-$4"
    [ "$3" = - ] || ip -n "$RQ-$1" addr add "$3" dev "$2"
    [ "$6" = - ] || ip -n "$RQ-$4" addr add "$6" dev "$5"
    ip -n "$RQ-$1" link set "$2" up
    ip -n "$RQ-$4" link set "$5" up
}

sysctl_set() { # NS KEY=VALUE…
    local where=$1
    shift
    ns "$where" sysctl -qw "$@"
}

route() { local where=$RQ-$1; shift; ip -n "$where" route "$@"; }

# ---------------------------------------------------------------- a wide-area network
#
# wanem sits in a namespace of its own between the two devices of each wan_pair; wan changes what
# it does to them, see tests/wanem --help and docs/TESTBED.md.

WAN_LINKS=()

# wan_pair LINK NS DEVICE ADDRESS|- NS DEVICE ADDRESS|-: a link_pair that wanem carries
wan_pair() {
    if [ ${#WAN_LINKS[@]} = 0 ]; then
        need ethtool "$(binary wanem)"
        ns_add wan
        sysctl_set wan net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    fi
    link_pair "$2" "$3" "$4" wan "$1.a" -
    link_pair wan "$1.b" - "$5" "$6" "$7"
    one_wire "$2" "$3"
    one_wire "$5" "$6"
    WAN_LINKS+=("$1.a:$1.b:$1")
}

# one_wire NS DEVICE: what leaves it has the size that a wire would carry
one_wire() { ns "$1" ethtool -K "$2" tso off tx-udp-segmentation off gro off >/dev/null; }

# wan_start [LINE…]: after all wan_pair
wan_start() {
    run_bg wanem wan "$(binary wanem)" -s "${SEED:-1}" -c "$DIR/wan" "${WAN_LINKS[@]}"
    wait_for 5 grep -q ready "$DIR/wanem.log" || note "wanem is not ready"
    [ $# = 0 ] || wan "$@" >/dev/null
}

# wan LINE…: commands to wanem; its answers
wan() { "$(binary wanem)" -c "$DIR/wan" --say "$@"; }

# wan_counter LINK a2b|b2a NAME
wan_counter() { wan "$1 stats" | awk -v d="$2" -v n="$3" '$2 == d { for (i = 3; i < NF; i += 2) if ($i == n) print $(i + 1) }'; }

# provider NS LAN-ADDRESS WAN-ADDRESS nat|routed
provider() {
    sysctl_set "$1" net.ipv4.ip_forward=1
    ns "$1" nft -f - <<NFT
table inet provider {
    chain hole { type filter hook forward priority 0; policy accept; }
    chain nat { type nat hook postrouting priority 100; policy accept; }
}
NFT
    [ "$4" = routed ] || ns "$1" nft add rule inet provider nat oifname wan0 masquerade
    route "$1" add default via 203.0.113.80
}

# hole on|in|out|off NS: drops IPv4 both ways in the provider; ARP and carrier stay, the sender sees nothing
hole() {
    case $1 in
    on) ns "$2" nft add rule inet provider hole meta nfproto ipv4 drop ;;
    in) ns "$2" nft add rule inet provider hole iifname wan0 meta nfproto ipv4 drop ;;
    out) ns "$2" nft add rule inet provider hole oifname wan0 meta nfproto ipv4 drop ;;
    off) ns "$2" nft flush chain inet provider hole ;;
    esac
}

# conntrack_forget NS: the provider loses its mappings, as after a reboot of the modem
conntrack_forget() {
    ns "$1" nft flush chain inet provider nat
    ns "$1" nft add rule inet provider nat oifname wan0 masquerade "${2:-}"
}

# far_pair LINK …: by wanem, or plainly if the test wants no delay
far_pair() {
    if [ -n "$WAN" ]; then wan_pair "$@"; else link_pair "${@:2}"; fi
}

testbed_up() {
    ns_add host mr p1 p2 net ha inet
    ip -n "$RQ-net" link add br0 type bridge forward_delay 0 mcast_snooping 0
    ip -n "$RQ-net" link set br0 up
    link_pair host lan0 10.7.0.5/24 mr lan0 10.7.0.1/24
    far_pair up1 mr up1 192.168.1.2/24 p1 lan0 192.168.1.1/24
    far_pair up2 mr up2 198.51.100.2/24 p2 lan0 198.51.100.1/24
    far_pair core1 p1 wan0 203.0.113.11/24 net port1 -
    far_pair core2 p2 wan0 203.0.113.12/24 net port2 -
    link_pair ha wan0 203.0.113.1/24 net port3 -
    link_pair inet wan0 203.0.113.80/24 net port4 -
    local port
    for port in port1 port2 port3 port4; do
        ip -n "$RQ-net" link set "$port" master br0
    done
    [ -z "$WAN" ] || wan_start "$WAN"
    ip -n "$RQ-inet" addr add 192.0.2.80/32 dev lo
    provider p1 192.168.1.1/24 203.0.113.11/24 nat
    provider p2 198.51.100.1/24 203.0.113.12/24 routed
    route ha add default via 203.0.113.80
    route ha add 198.51.100.0/24 via 203.0.113.12
    route inet add 198.51.100.0/24 via 203.0.113.12
    route inet add 10.0.0.0/8 via 203.0.113.1
    route host add default via 10.7.0.1
    route mr add default via 192.168.1.1 dev up1 metric 10
    route mr add default via 198.51.100.1 dev up2 metric 20
    # strict filters, as hardened systems have them: the suite has to cope and to restore them
    sysctl_set mr net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
        net.ipv4.conf.up1.rp_filter=1 net.ipv4.conf.up2.rp_filter=1
    sysctl_set ha net.ipv4.ip_forward=1
    wait_for 5 settled mr || note "IPv6 addresses are still tentative"
    wait_for 5 settled ha || note "IPv6 addresses are still tentative"
}

settled() { ! ip -n "$RQ-$1" -6 addr show tentative | grep -q .; }

# snapshot NS: everything that a daemon may change and has to leave as it was
snapshot() {
    echo "## rules"; ip -n "$RQ-$1" rule; ip -n "$RQ-$1" -6 rule
    echo "## routes"; ip -n "$RQ-$1" route show table all
    ip -n "$RQ-$1" -6 route show table all | sort
    echo "## links"; ip -n "$RQ-$1" -o link | sed 's/ qlen.*//'
    echo "## addresses"; ip -n "$RQ-$1" -o addr | sed 's/ *valid_lft.*//'
    echo "## nft"; ns "$1" nft list ruleset
    echo "## sysctl"
    ns "$1" sysctl -a 2>/dev/null | grep -E '^net\.ipv[46]\.(conf|ip_forward|neigh\.default)' |
        grep -v -e stable_secret -e '\.nf_conntrack_count'
}

# ---------------------------------------------------------------- processes

# run_bg NAME NS COMMAND…: in the background, its output in $DIR/NAME.log
run_bg() {
    local name=$1 where=$RQ-$2
    shift 2
    ip netns exec "$where" "$@" >>"$DIR/$name.log" 2>&1 &
    PID[$name]=$!
}

binary() {
    case $1 in
    mip*) echo "$BUILD/tools/$1" ;;
    wanem) echo "$BUILD/tests/wanem/$1" ;;
    *) echo "$BUILD/$1/$1" ;;
    esac
}

# daemon_start NS NAME [ARGUMENT…]: NAME is had, tunneld, mnd, linkmon, crd; its configuration is
# $DIR/NS/raiic.conf, its bus $DIR/NS/bus. Known as NS.NAME afterwards.
daemon_start() {
    local where=$1 name=$2
    shift 2
    install -d -m 3770 "$DIR/$where/bus"
    START[$where.$name]="$where $name $*"
    run_bg "$where.$name" "$where" "$(binary "$name")" -c "$DIR/$where/raiic.conf" \
        -b "$DIR/$where/bus" "$@"
}

# daemon_stop NS.NAME [SIGNAL]: and waits for its end; the exit status is that of the daemon
daemon_stop() {
    local pid=${PID[$1]} status
    kill "-${2:-TERM}" "$pid" 2>/dev/null
    if ! wait_for 10 gone "$pid"; then
        note "$1 does not leave on ${2:-TERM}"
        kill -KILL "$pid"
    fi
    wait "$pid" 2>/dev/null
    status=$?
    unset "PID[$1]"
    return "$status"
}

# daemon_again NS.NAME: with the arguments it had
daemon_again() {
    # shellcheck disable=SC2086
    daemon_start ${START[$1]}
}

alive() { ! gone "${PID[$1]}"; }

ctl() { # NS ARGUMENT…
    local where=$1
    shift
    ns "$where" "$(binary mipctl)" -b "$DIR/$where/bus" "$@"
}

capture() { # NAME NS DEVICE [FILTER…]
    local name=$1 where=$2 device=$3
    shift 3
    run_bg "$name" "$where" tcpdump -i "$device" -U -n -s 0 --immediate-mode -w "$DIR/$name.pcap" "$@"
    wait_for 5 grep -q 'listening on' "$DIR/$name.log" || note "tcpdump $name is not ready"
}

capture_stop() { # NAME; what the kernel has buffered is written out
    kill -INT "${PID[$1]}" 2>/dev/null
    wait_for 5 gone "${PID[$1]}"
    wait "${PID[$1]}" 2>/dev/null
    unset "PID[$1]"
}

# ---------------------------------------------------------------- configurations

keys_file() { # NS LINE…
    local where=$1
    shift
    (umask 077; printf '%s\n' "$@" >"$DIR/$where/keys")
    chown root:root "$DIR/$where/keys"
}

# home_agent_conf [LINE…]: lines of the home-agent section replace or add to the usual ones
home_agent_conf() {
    mkdir -p "$DIR/ha"
    keys_file ha "1007 hmac-sha256 $KEY" "1008 hmac-sha256 $KEY2" "1009 hmac-md5 $KEY3"
    cat >"$DIR/ha/raiic.conf" <<CONF
keys = "$DIR/ha/keys"
home-agent {
    address      = { $HA_ADDR }
    home-network = 10.200.0.0/24
    max-lifetime = 600s
    store        = "${STORE-$DIR/ha/had.db}"
    aggregates   = { 10.7.0.0/16 }
$(printf '    %s\n' "$@")
    mobile-router site7 {
        spi          = { 1007 }
        home-address = 10.200.0.7
        networks     = { 10.7.0.0/24 }
    }
    mobile-router site8 {
        spi          = { 1008 }
        home-address = 10.200.0.8
        networks     = { 10.8.0.0/24 }
    }
    mobile-router site9 {
        spi          = { 1009 }
        networks     = { 10.9.0.0/24, 10.9.1.0/24 }
    }
}
CONF
}

# mobile_router_conf PRESET [LINE…]: lines are added to the mobile-router section
mobile_router_conf() {
    local preset=$1
    shift
    mkdir -p "$DIR/mr"
    keys_file mr "1007 hmac-sha256 $KEY"
    cat >"$DIR/mr/raiic.conf" <<CONF
keys = "$DIR/mr/keys"
mobile-router {
    home-agent = { $HA_ADDR }
    identity   = site7
    spi        = { 1007 }
    networks   = { 10.7.0.0/24 }
$(printf '    %s\n' "$@")
    uplink up1 { metric = 10 }
    uplink up2 { metric = 20 }
}
monitor { preset = $preset }
CONF
}

# ---------------------------------------------------------------- the two nodes

# shellcheck disable=SC2120
home_agent_up() { # [ARGUMENT of both daemons…]
    daemon_start ha tunneld "$@"
    daemon_start ha had "$@"
    wait_for 10 bindings || note "had does not answer"
}

# shellcheck disable=SC2120
mobile_router_up() {
    daemon_start mr tunneld "$@"
    daemon_start mr linkmon "$@"
    daemon_start mr mnd "$@"
}

host_reaches() { ns host ping -n -q -c 1 -W 1 "${1:-$SERVER}" >/dev/null; }

connected() { wait_for "${1:-15}" host_reaches; }

# no_leftover FILE NS NAME: the namespace is as FILE says
no_leftover() {
    snapshot "$2" >"$1.now"
    same "$3" "$1" "$1.now"
}

# bindings as JSON; paths: how many registered care-of addresses; active: the uplink in use
bindings() { ctl ha bindings --json; }
paths() { bindings | jq '[.. | objects | .care_of_addresses? // empty | length] | add // 0'; }
has_paths() { [ "$(paths)" -ge "$1" ]; }
active_link() { ctl mr links --json | jq -r '[.. | objects | select(.active? == true) | .name][0]'; }
link_state() { ctl mr links --json | jq -r --arg n "$1" '[.. | objects | select(.name? == $n) | .state][0]'; }
link_is() { [ "$(link_state "$1")" = "$2" ]; }
is_active() { [ "$(active_link)" = "$1" ]; }
