# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/run, demo/run and bench/run: installs what a fresh Debian 12 lacks.

BUILD_PACKAGES="gcc meson ninja-build pkg-config libc6-dev libevent-dev libnl-3-dev
    libnl-route-3-dev libssl-dev libconfuse-dev liburcu-dev libnftables-dev libsqlite3-dev
    libjansson-dev libpcap-dev libcmocka-dev libcap-ng-dev libseccomp-dev"
RUN_PACKAGES="iproute2 nftables iputils-ping ethtool python3 tcpdump procps util-linux"
DEMO_PACKAGES="nginx-light curl jq"
TEST_PACKAGES="e2fsprogs clang libclang-rt-14-dev tshark jq curl iperf3 mandoc systemd conntrack
    bash-completion dnsmasq-base"

# install_packages NAME...: one apt-get call, and only if something is missing.
install_packages() {
    local missing=() p
    for p in "$@"; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null | grep -q '^ii' || missing+=("$p")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" != 0 ]; then
        echo "missing packages, and only root can install them: ${missing[*]}" >&2
        return 1
    fi
    echo "installing: ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2 &&
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# build_tree DIR [MESON OPTION...]: configures once, builds; silent unless it fails.
build_tree() {
    local dir=$1 log
    shift
    log=$(mktemp)
    if { [ -f "$dir/build.ninja" ] || meson setup "$dir" "$@"; } >"$log" 2>&1 &&
        ninja -C "$dir" >>"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 60 "$log" >&2
        rm -f "$log"
        return 1
    fi
}
