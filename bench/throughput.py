#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rows P1, P3, P7 out of the runs of throughput.sh: medians, and ratios tunnel / raw."""
import json
import statistics
import sys

runs = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]


def values(name, key):
    return [r[key] for r in runs if r["name"] == name]


def ratio(test, key):
    return (statistics.median(values(f"{test} tunnel", key)) /
            statistics.median(values(f"{test} raw", key)))


def row(value, unit, **detail):
    """No target in this version: must is null, and what was measured is what stands there."""
    detail["runs"] = {n: [{k: v for k, v in r.items() if k != "name"} for r in runs if r["name"] == n]
                      for n in sorted({r["name"] for r in runs}) if n.split()[0] in detail["tests"]}
    return {"value": round(value, 3), "unit": unit, "must": None, "ok": True, "detail": detail}


rows = {
    "P1": row(ratio("tcp1", "bps"), "TCP 1 stream / raw", tests=["tcp1", "tcp4"],
              four_streams=round(ratio("tcp4", "bps"), 3)),
    "P3": row(ratio("udp64", "pps"), "UDP 64 B, 64 flows / raw", tests=["udp1", "udp64"],
              one_flow=round(ratio("udp1", "pps"), 3)),
    "P7": row(ratio("rtt", "p50"), "round trip p50 / raw", tests=["rtt"],
              p99=round(ratio("rtt", "p99"), 3)),
}
TESTS = [("tcp1", "bps", 1e9, "Gbit/s"), ("tcp4", "bps", 1e9, "Gbit/s"), ("udp1", "pps", 1e3, "kpps"),
         ("udp64", "pps", 1e3, "kpps"), ("rtt", "p50", 1, "ms"), ("rtt", "p99", 1, "ms")]
print(f"{'':14}{'raw':>10}{'tunnel':>10}{'ratio':>8}  median of {len(values('rtt raw', 'p50'))}")
for test, key, scale, unit in TESTS:
    raw, tunnel = (statistics.median(values(f"{test} {way}", key)) / scale
                   for way in ("raw", "tunnel"))
    label = f"{test} {key}" if test == "rtt" else test
    print(f"{label:14}{raw:10.3f}{tunnel:10.3f}{ratio(test, key):8.3f}  {unit}")
if sys.argv[2] == "yes":
    print(json.dumps({"bench": "throughput", "rows": rows}))
