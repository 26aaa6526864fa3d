#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rows P1 to P6, P8 and P10 out of the runs of throughput.sh: medians, and ratios within one run."""
import sys

import rows
from ways import Ways

TESTS = [("tcp1", "bps", 1e9, "Gbit/s"), ("tcp4", "bps", 1e9, "Gbit/s"), ("tcp1", "cpu", 1, "CPU s/GiB"),
         ("tcp500", "cpu_s", 1, "CPU s at 500 Mbit/s"), ("udp1", "pps", 1e3, "kpps"),
         ("udp64", "pps", 1e3, "kpps"), ("quic", "pps", 1e3, "kpps"), ("flood", "pps", 1e3, "kpps")]
MEMORY = 6144          # kB with one worker
MEMORY_WORKER = 4096   # and for each further one
CHANGES = 10000        # a second

w = Ways(sys.argv[1])
for name, runs in w.runs.items():
    for run in runs:
        if "cpu_s" in run:
            run["cpu"] = run["cpu_s"] / (run["octets"] / 2**30)


def judge(unit, values, *tests, at_most=False):
    """values: what -> (figure, must); the first one is the row's. A peer that did not work here
    fails what is said of the best of them."""
    ok = all(v <= must if at_most else v >= must for v, must in values.values())
    if "best" in unit + "".join(values):
        ok = ok and not w.missing
    (value, must), *_ = values.values()
    return rows.row(value, unit, must, ok, **{k: f"{v} (must {m})" for k, (v, m) in values.items()},
                    **w.detail(*tests))


def flood():
    return round(w.middle("flood", "tunnel", "pps") / w.middle("udp1", "tunnel", "pps"), 3)


def tables():
    """Row P10: of the two tests the one that suffers more."""
    runs = {name: [r for r in w.tables if r["table"] == name] for name in ("one", "full", "churn")}

    def rate(name, to):
        return round(min(rows.median(runs[name], key) / rows.median(runs[to], key)
                         for key in ("bps", "pps")), 3)

    if not all(runs.values()):
        return rows.row(0, "full table / one", 0.8, False, missing="a table was not filled")
    full, churn = rate("full", "one"), rate("churn", "full")
    changes = min(r["changes"] / r["seconds"] for r in runs["churn"])
    kept_up = changes >= CHANGES * 0.95 and not any(r["dropped"] for r in w.tables) \
        and all(r["tunnels"] == r["routers"] + 1 for r in w.tables)
    return rows.row(full, "full table / one", 0.8, full >= 0.8 and churn >= 0.9 and kept_up,
                    churn=f"{churn} (must 0.9)", tunnels=runs["full"][0]["tunnels"],
                    networks_each=4, changes_per_s=round(changes), runs=w.tables)


memory = w.memory[-1]
allowed = MEMORY + (memory["workers"] - 1) * MEMORY_WORKER
table = {
    "P1": judge("TCP / raw", {"one_stream": (w.to_raw("tcp1", "bps"), 0.60),
                              "four_streams": (w.to_raw("tcp4", "bps"), 0.50)}, "tcp1", "tcp4"),
    "P2": judge("TCP 1 stream / best", {w.best("tcp1", "bps")[0]: (w.to_best("tcp1", "bps"), 5)}, "tcp1"),
    "P3": judge("UDP 64 B", {"one_flow_to_best": (w.to_best("udp1", "pps"), 1.8),
                             "flows64_to_best": (w.to_best("udp64", "pps"), 1.2),
                             "flows64_to_raw": (w.to_raw("udp64", "pps"), 0.85)}, "udp1", "udp64"),
    "P4": judge("UDP trains / best", {w.best("quic", "pps")[0]: (w.to_best("quic", "pps"), 3)}, "quic"),
    "P5": judge("flood / lossless", {"delivered": (flood(), 0.90)}, "flood", "udp1"),
    "P6": judge("CPU / best", {"bulk": (w.to_best("tcp1", "cpu", min), 0.33),
                               "at_500_mbit": (w.to_best("tcp500", "cpu_s", min), 0.65)},
                "tcp1", "tcp500", at_most=True),
    "P8": rows.row(max(memory["mr"], memory["ha"]), "kB resident", allowed,
                   max(memory["mr"], memory["ha"]) <= allowed, **memory),
    "P10": tables(),
}
w.table(TESTS)
rows.show("throughput", table)
