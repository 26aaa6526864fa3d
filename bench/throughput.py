#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rows P1, P3, P4, P5, P7 out of the runs of throughput.sh: medians, and ratios of one run. What is
said of other programs' tunnels waits until they run beside ours: these rows have no must yet."""
import sys

import rows

TESTS = [("tcp1", "bps", 1e9, "Gbit/s"), ("tcp4", "bps", 1e9, "Gbit/s"),
         ("udp1", "pps", 1e3, "kpps"), ("udp64", "pps", 1e3, "kpps"),
         ("quic", "pps", 1e3, "kpps"), ("flood", "pps", 1e3, "kpps"),
         ("rtt", "p50", 1, "ms"), ("rtt", "p99", 1, "ms")]

runs = rows.read(sys.argv[1])


def middle(test, way, key):
    return rows.median(runs[f"{test} {way}"], key)


def ratio(test, key):
    return round(middle(test, "tunnel", key) / middle(test, "raw", key), 3)


def both(*tests):
    """All runs of these tests, for whoever wants to count again."""
    return {f"{test} {way}": runs[f"{test} {way}"] for test in tests for way in ("raw", "tunnel")}


def delivered():
    """Under flood, as a share of the rate at which nothing is lost."""
    return round(middle("flood", "tunnel", "pps") / middle("udp1", "tunnel", "pps"), 3)


tcp1, tcp4, udp64, flood = ratio("tcp1", "bps"), ratio("tcp4", "bps"), ratio("udp64", "pps"), delivered()
table = {
    "P1": rows.row(tcp1, "TCP 1 stream / raw", 0.60, tcp1 >= 0.60 and tcp4 >= 0.50,
                   four_streams=tcp4, four_streams_must=0.50, **both("tcp1", "tcp4")),
    "P3": rows.row(udp64, "UDP 64 B, 64 flows / raw", 0.85, udp64 >= 0.85,
                   one_flow=ratio("udp1", "pps"), **both("udp1", "udp64")),
    "P4": rows.row(ratio("quic", "pps"), "UDP in trains / raw", None, True, **both("quic")),
    "P5": rows.row(flood, "delivered under flood / own lossless rate", 0.90, flood >= 0.90,
                   **both("flood")),
    "P7": rows.row(ratio("rtt", "p50"), "round trip p50 / raw", None, True,
                   p99=ratio("rtt", "p99"), **both("rtt")),
}
print(f"{'':10}{'raw':>10}{'tunnel':>10}{'ratio':>8}  median of {len(runs['rtt raw'])}")
for test, key, scale, unit in TESTS:
    label = f"{test} {key}" if test == "rtt" else test
    print(f"{label:10}{middle(test, 'raw', key) / scale:10.3f}"
          f"{middle(test, 'tunnel', key) / scale:10.3f}{ratio(test, key):8.3f}  {unit}")
rows.show("throughput", table)
