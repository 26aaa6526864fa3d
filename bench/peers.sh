# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Other programs' tunnels between the same two namespaces, mr and ha, for comparison in the same
# run. Each has a number N, a device in both namespaces, the addresses 10.1.N.1 (mr) and 10.1.N.2
# (ha), and its own client 10.2.N.5 at the host. Without encryption where the program can.
#
# PEERS: name|number|what is to be had in Debian|how it was started

PEERS=(
    'vxlan|1|kernel|ip link add type vxlan'
    'fastd|2|fastd|method null, mode tun'
    'openvpn|3|openvpn|--cipher none --auth none'
    'tinc|4|tinc|Cipher = none, Digest = none'
    'vtun|5|vtun|encrypt no, compress no, proto udp'
    'wireguard-go|6|wireguard-go|ChaCha20-Poly1305, which it cannot do without'
)
PEER_PACKAGES="fastd openvpn tinc vtun wireguard-go wireguard-tools"
MR_OUT=198.51.100.2 HA_OUT=198.51.100.1

# peer_route N MR-DEVICE HA-DEVICE [VIA]: the peer's client goes through it, and only that
peer_route() {
    local n=$1 via=()
    [ "${4:-}" = via ] && via=(via "10.1.$n.2")
    ip -n "$RQ-host" addr add "10.2.$n.5/24" dev lan0
    ip -n "$RQ-mr" addr add "10.2.$n.1/24" dev lan0
    route mr add default "${via[@]}" dev "$2" table "$((100 + n))"
    ip -n "$RQ-mr" rule add from "10.2.$n.0/24" iif lan0 table "$((100 + n))" priority "$((1000 + n))"
    [ "${4:-}" = via ] && via=(via "10.1.$n.1")
    route ha add "10.2.$n.0/24" "${via[@]}" dev "$3"
}

# peer_device NS DEVICE ADDRESS: waits until the program has made it
peer_device() {
    wait_for 10 ip -n "$RQ-$1" link show "$2" || return 1
    ip -n "$RQ-$1" addr replace "$3/24" dev "$2" 2>/dev/null
    ip -n "$RQ-$1" link set "$2" up mtu 1400
}

peer_devices() { # N DEVICE: of this name in both, and the routes
    peer_device mr "$2" "10.1.$1.1" && peer_device ha "$2" "10.1.$1.2" && peer_route "$1" "$2" "$2"
}

peer_vxlan() {
    ip -n "$RQ-mr" link add vx0 type vxlan id 5 dstport 4789 local $MR_OUT remote $HA_OUT || return 1
    ip -n "$RQ-ha" link add vx0 type vxlan id 5 dstport 4789 local $HA_OUT remote $MR_OUT
    peer_device mr vx0 "10.1.$1.1" && peer_device ha vx0 "10.1.$1.2" && peer_route "$1" vx0 vx0 via
}

peer_fastd() {
    local end other address peer
    for end in mr ha; do fastd --generate-key --machine-readable >"$DIR/fastd.$end.secret"; done
    for end in mr:ha:$MR_OUT:$HA_OUT ha:mr:$HA_OUT:$MR_OUT; do
        IFS=: read -r end other address peer <<<"$end"
        printf 'secret "%s";\n' "$(cat "$DIR/fastd.$other.secret")" >"$DIR/fastd.other"
        cat >"$DIR/fastd.$end" <<CONF
mode tun; interface "fastd0"; method "null"; mtu 1400; log level warn;
bind $address:10001;
secret "$(cat "$DIR/fastd.$end.secret")";
peer "$other" { key "$(fastd -c "$DIR/fastd.other" --show-key --machine-readable)"; remote $peer:10001; }
CONF
        run_bg "fastd-$end" "$end" fastd -c "$DIR/fastd.$end"
    done
    peer_devices "$1" fastd0
}

peer_openvpn() {
    local common=(--dev ovpn0 --dev-type tun --proto udp --port 1194 --cipher none --auth none
        --data-ciphers none --tun-mtu 1400 --mssfix 0 --fast-io --verb 1 --disable-dco)
    run_bg openvpn-mr mr openvpn "${common[@]}" --local $MR_OUT --remote $HA_OUT \
        --ifconfig "10.1.$1.1" "10.1.$1.2"
    run_bg openvpn-ha ha openvpn "${common[@]}" --local $HA_OUT --remote $MR_OUT \
        --ifconfig "10.1.$1.2" "10.1.$1.1"
    peer_devices "$1" ovpn0
}

peer_tinc() {
    local end other
    for end in mr:ha ha:mr; do
        IFS=: read -r end other <<<"$end"
        mkdir -p "$DIR/tinc.$end/hosts"
        printf 'Name = %s\nInterface = tinc0\nMode = router\nConnectTo = %s\n' "$end" "$other" \
            >"$DIR/tinc.$end/tinc.conf"
    done
    printf 'Address = %s\nSubnet = 10.2.%s.0/24\nCipher = none\nDigest = none\nMACLength = 0\n' \
        $MR_OUT "$1" >"$DIR/tinc.mr/hosts/mr"
    printf 'Address = %s\nSubnet = 0.0.0.0/0\nCipher = none\nDigest = none\nMACLength = 0\n' \
        $HA_OUT >"$DIR/tinc.ha/hosts/ha"
    for end in mr ha; do
        tincd -c "$DIR/tinc.$end" -K2048 </dev/null >/dev/null 2>&1
    done
    cp "$DIR/tinc.mr/hosts/mr" "$DIR/tinc.ha/hosts/mr"
    cp "$DIR/tinc.ha/hosts/ha" "$DIR/tinc.mr/hosts/ha"
    for end in mr ha; do
        run_bg "tinc-$end" "$end" tincd -c "$DIR/tinc.$end" -D --pidfile="$DIR/tinc.$end.pid"
    done
    peer_devices "$1" tinc0
}

peer_vtun() {
    local end
    for end in mr ha; do
        cat >"$DIR/vtun.$end" <<CONF
options { port 5003; }
bench {
  passwd bench; type tun; proto udp; device vtun0; compress no; encrypt no; stat no; speed 0;
  keepalive yes;
}
CONF
        # it writes to the device at once, and leaves if that is not up yet
        ip -n "$RQ-$end" tuntap add vtun0 mode tun
        ip -n "$RQ-$end" link set vtun0 up mtu 1400
    done
    run_bg vtun-ha ha vtund -s -n -f "$DIR/vtun.ha" -P 5003
    wait_for 5 sh -c "ip netns exec $RQ-ha ss -ltn | grep -q 5003"
    run_bg vtun-mr mr vtund -n -f "$DIR/vtun.mr" -P 5003 bench $HA_OUT
    peer_devices "$1" vtun0
}

peer_wireguard-go() {
    local end
    for end in mr ha; do
        wg genkey >"$DIR/wg.$end"
        run_bg "wg-$end" "$end" env LOG_LEVEL=error wireguard-go -f "wg$$$end"
    done
    for end in mr:ha:$HA_OUT ha:mr:$MR_OUT; do
        local other address
        IFS=: read -r end other address <<<"$end"
        wait_for 5 test -S "/var/run/wireguard/wg$$$end.sock" || return 1
        ns "$end" wg set "wg$$$end" listen-port 51820 private-key "$DIR/wg.$end" \
            peer "$(wg pubkey <"$DIR/wg.$other")" endpoint "$address:51820" allowed-ips 0.0.0.0/0
    done
    peer_device mr "wg$$mr" "10.1.$1.1" && peer_device ha "wg$$ha" "10.1.$1.2" &&
        peer_route "$1" "wg$$mr" "wg$$ha"
}

peer_version() { # NAME PACKAGE
    [ "$2" = kernel ] && uname -r || dpkg-query -W -f '${Version}' "$2"
}

# peers_up: those that work here are in PEERS_UP afterwards, as name:client; versions in $DIR/peers
peers_up() {
    local name n package how
    PEERS_UP=()
    for peer in "${PEERS[@]}"; do
        IFS='|' read -r name n package how <<<"$peer"
        if "peer_$name" "$n" >>"$DIR/peers.log" 2>&1 &&
            wait_for 15 ns host ping -c 1 -W 1 -I "10.2.$n.5" "$SERVER"; then
            PEERS_UP+=("$name:10.2.$n.5")
            jq -nc --arg n "$name" --arg v "$(peer_version "$name" "$package")" --arg h "$how" \
                '{name: "peer", peer: $n, version: $v, how: $h}' >>"$DIR/peers"
        else
            jq -nc --arg n "$name" '{name: "peer", peer: $n, missing: true}' >>"$DIR/peers"
        fi
    done
}
