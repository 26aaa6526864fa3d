#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# wanem against ping, iperf3 and sockets: what it says it does to packets is what happens to them.
# alone: what it measures depends on how busy the machine is

. "$(dirname "$0")/lib.sh"
netns_begin
need ping iperf3 jq
ns_add a b
wan_pair w a e0 10.99.0.1/24 b e0 10.99.0.2/24
wan_start
FAR=10.99.0.2

within() { awk -v x="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(x != "" && x >= low && x <= high) }'; }
between() { check "$1: $2 in $3..$4" within "$2" "$3" "$4"; }
difference() { awk -v a="$1" -v b="$2" 'BEGIN { print a - b }'; }
reaches() { ns a ping -n -q -c 1 -W 1 "$FAR" >/dev/null; }

# round_trips ARGUMENT...: of ping, in $DIR/times; quantile Q: of them, in ms
round_trips() {
    ns a ping -n "$@" "$FAR" | sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' | sort -n >"$DIR/times"
}
quantile() { awk -v q="$1" '{ t[NR] = $1 } END { print t[int((NR - 1) * q) + 1] }' "$DIR/times"; }

# stream N INTERVAL: numbered datagrams from a to b; what arrived, in $DIR/hear.log
all_through() { [ "$(wan_counter w a2b in)" -ge "$1" ] && [ "$(wan_counter w a2b held)" = 0 ]; }
stream() {
    local until
    rm -f "$DIR/hear.log"
    run_bg hear b python3 "$HERE/wan_peer.py" hear "$FAR" 9000
    wait_for 5 grep -q ready "$DIR/hear.log" || note "nobody hears"
    until=$(($(wan_counter w a2b in) + $1))
    ns a python3 "$HERE/wan_peer.py" say "$FAR" 9000 "$1" "$2"
    wait_for 10 all_through "$until" || note "not all has left wanem: $(wan stats)"
    daemon_stop hear
    note "$(tail -n 1 "$DIR/hear.log")"
}
arrived() { tail -n 1 "$DIR/hear.log" | jq ".$1"; }
lost() { echo $(($1 - $(arrived different))); }

# ---- delay and jitter
wan 'both delay 12500us' >/dev/null
check "a packet passes" wait_for 5 reaches
round_trips -i 0.01 -c 100
between "12.5 ms each way, median round trip in ms" "$(quantile 0.5)" 24 26
wan 'both jitter 1500us order free' >/dev/null
round_trips -i 0.01 -c 200
between "with 1.5 ms of jitter each way the median stays" "$(quantile 0.5)" 24 26
# the sum of two even distributions: the outer tenths are 2 x 3 x (1 - sqrt(0.2)) = 3.3 ms apart
between "and the tenths lie as far apart as they should, in ms" \
    "$(difference "$(quantile 0.9)" "$(quantile 0.1)")" 2.5 4.2

# ---- order
wan 'both clear' 'a2b delay 10ms jitter 5ms order keep' >/dev/null
stream 1000 0.0005
between "jitter that keeps order reorders nothing" "$(arrived reordered)" 0 0
between "and loses nothing" "$(arrived different)" 1000 1000
wan 'a2b order free' >/dev/null
stream 1000 0.0005
between "free jitter reorders" "$(arrived reordered)" 400 1000
wan 'a2b clear delay 10ms ahead 5%' >/dev/null
stream 1000 0.0005
between "5 % of 1000 go ahead, and the rest is behind them" "$(arrived jumped)" 28 72
wan 'a2b clear delay 1ms late 5% 10ms' >/dev/null
stream 1000 0.0005
between "5 % of 1000 come late" "$(arrived reordered)" 28 72

# ---- loss, duplicates, flipped bits: within 3.3 standard deviations
wan 'a2b clear loss 10%' >/dev/null
stream 2000 0.0002
between "10 % of 2000 are lost" "$(lost 2000)" 156 244
between "each by itself: the mean burst" "$(arrived mean_burst)" 1 1.25
wan 'a2b clear loss-burst 1% 10% 100%' >/dev/null
stream 4000 0.0002
between "a burst lasts 10 packets in the mean" "$(arrived mean_burst)" 5 16
wan 'a2b clear loss-time 100ms 20ms 100% fixed' >/dev/null
stream 1000 0.001
between "20 ms of 100 ms are bad" "$(lost 1000)" 150 260
wan 'a2b clear duplicate 10%' >/dev/null
stream 2000 0.0002
between "10 % of 2000 come twice" "$(arrived duplicates)" 156 244
wan 'a2b clear corrupt 10%' >/dev/null
before=$(wan_counter w a2b corrupted)
stream 2000 0.0002
between "10 % of 2000 have a bit flipped" "$(($(wan_counter w a2b corrupted) - before))" 156 244
between "and checksums tell of it" "$(lost 2000)" 120 244

# ---- rate and queue; 1448 octets of payload in a frame of 1514
wan 'both clear' >/dev/null
run_bg iperf b iperf3 -s --forceflush
wait_for 5 grep -q listening "$DIR/iperf.log" || note "no iperf3"
iperf() { ns a iperf3 -c "$FAR" -J "$@" >"$DIR/iperf.json"; }
megabits() { jq '(.end.sum_received // .end.sum).bits_per_second / 1e6' "$DIR/iperf.json"; }
iperf -t 2
between "without impairments at least 200 Mbit/s" "$(megabits)" 200 100000
# a receiver that gets no turn loses some by itself: at this rate it does not
wan 'a2b loss 5%' >/dev/null
iperf -u -b 20M -l 1200 -t 2
between "5 % of UDP are lost, in %" "$(jq .end.sum.lost_percent "$DIR/iperf.json")" 3.8 6.2
wan 'a2b loss 1%' >/dev/null
before=$(wan_counter w a2b in) before_lost=$(wan_counter w a2b lost)
iperf -u -b 200M -l 1400 -t 2
percent=$(awk -v p="$(($(wan_counter w a2b lost) - before_lost))" \
    -v n="$(($(wan_counter w a2b in) - before))" 'BEGIN { print 100 * p / n }')
between "1 % at 200 Mbit/s, in % as it counts" "$percent" 0.8 1.2
between "and nothing else is missing" \
    "$(($(wan_counter w a2b overrun) + $(wan_counter w a2b unsent)))" 0 0
wan 'both clear rate 10Mbit queue 125kB delay 5ms' >/dev/null
iperf -t 4 -O 1
between "10 Mbit/s of frames, as TCP payload" "$(megabits)" 9.08 10.04
overflow() { [ "$(wan_counter w a2b overflow)" -gt "$1" ]; }
before=$(wan_counter w a2b overflow)
run_bg flood a iperf3 -c "$FAR" -u -b 20M -l 1200 -t 30
check "a queue that is full overflows" wait_for 5 overflow "$before"
round_trips -i 0.05 -c 40
daemon_stop flood INT
between "125 kB at 10 Mbit/s are 100 ms, median round trip in ms" "$(quantile 0.5)" 103 116
daemon_stop iperf

# ---- filters, hole, stall
known() { ip -n "$RQ-a" neigh show "$FAR" | grep -q lladdr; }
heard() { [ "$(arrived different)" = "$1" ]; }
wan 'both clear drop udp' >/dev/null
check "UDP is dropped, ping passes" reaches
stream 20 0.001
check "UDP does not" heard 0
wan 'both clear drop udp,port=9001' >/dev/null
stream 20 0.001
check "another port is not meant" heard 20
wan 'both clear drop port=9000,every=4' >/dev/null
stream 20 0.001
check "each fourth of a port is dropped" heard 15
wan 'both clear drop larger=1000' >/dev/null
check "a small packet passes" reaches
refute "a large one does not" ns a ping -n -q -c 1 -W 1 -s 1200 "$FAR"
wan 'both clear drop ip4' >/dev/null
refute "IPv4 is dropped" reaches
ip -n "$RQ-a" neigh flush dev e0
ns a ping -n -q -c 1 -W 1 "$FAR" >/dev/null
check "ARP is not" wait_for 2 known
wan 'both clear hole on' >/dev/null
ip -n "$RQ-a" neigh flush dev e0
refute "nothing passes a hole" reaches
refute "not even ARP" known
check "the carrier stays" sh -c "ip -n $RQ-a link show e0 | grep -q LOWER_UP"
wan 'both clear' >/dev/null
check "without it all passes" wait_for 5 reaches
wan 'a2b stall 300ms' >/dev/null
stream 100 0.001
between "a stall loses nothing" "$(arrived different)" 100 100
between "nor the order" "$(arrived reordered)" 0 0
wan 'a2b stall 300ms' >/dev/null
round_trips -c 1
between "and lasts as long as it should, in ms" "$(quantile 0.5)" 200 400

# ---- address translation
ip -n "$RQ-b" addr add 10.99.0.3/24 dev e0
sub "NAT seen from outside" ns a python3 "$HERE/wan_peer.py" nat "$RQ-b" 10.99.0.1 10.99.0.77 \
    "$FAR" 10.99.0.3 "$(binary wanem)" -c "$DIR/wan" --say
check "an echo is translated" reaches
refute "nobody begins from outside" ns b ping -n -q -c 1 -W 1 10.99.0.77
refute "nor past the translator" ns b ping -n -q -c 1 -W 1 10.99.0.1

# ---- commands and the end
wan 'nat off' 'w a2b clear delay 1.5ms loss 0.5% drop udp,port=434' >/dev/null
wan show >"$DIR/shown"
check "what is shown can be said again" grep -qx 'w a2b clear drop udp,port=434 loss 5000ppm delay 1500us' "$DIR/shown"
while read -r line; do check "said again: $line" wan "$line"; done <"$DIR/shown"
for line in 'x a2b delay 1ms' 'a2b delay' 'a2b delay 5' 'a2b loss 200%' 'both drop udp,color=1' 'nat mapping address' '' 'w'; do
    refute "refused: '$line'" wan "$line"
done
refute "a second one on the same socket" ns wan "$(binary wanem)" -c "$DIR/wan" w.a:w.b
refute "a device that is not there" ns wan "$(binary wanem)" -c "$DIR/wan2" w.a:w.c
between "nothing was too large for a wire" "$(($(wan_counter w a2b oversize) + $(wan_counter w b2a oversize)))" 0 0
cpu() { awk '{ print $14 + $15 }' "/proc/${PID[wanem]}/stat"; } # in ticks of 10 ms
before=$(cpu)
ip -n "$RQ-a" link del e0
sleep 1         # a loop around a dead socket would show
check "without its device it does not spin" test $(($(cpu) - before)) -le 20
check "and still answers" wan stats
check "it leaves with 0" daemon_stop wanem
refute "and takes its socket along" test -e "$DIR/wan"
tally
