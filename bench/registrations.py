#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rows S1, S2, S5, S057 and S058 out of the runs of registrations.sh."""
import sys

from rows import median, read, row, show

CALL = 50 * 2 * 172  # octets a second of a voice call, both ways: G.711, 20 ms, with its headers
REFRESH_S = 20       # the thesis' refresh interval
HEADERS = 20 + 8     # IPv4 and UDP

runs = read(sys.argv[1])
rate, latency, bus = runs["rate"], runs["latency"], runs["bus"]

accepted = sum(r["accepted"] for r in rate)
clean = not any(r["refused"] + r["forged"] + r["lost"] for r in rate)
per_s = round(median(rate, "rate"))
p50, p99 = median(latency, "p50_us"), median(latency, "p99_us")
messages = round(median(bus, "messages"))
cost = round(100 * (median(bus, "cpu_ns_observed") / median(bus, "cpu_ns") - 1), 1)
signalling = (rate[0]["request_octets"] + rate[0]["reply_octets"] + 2 * HEADERS) / REFRESH_S

show("registrations", {
    "S1": row(per_s, "registrations/s", 60000, per_s >= 60000 and clean, all_accepted=clean,
              had_us=round(1000 * sum(r["had_cpu_ms"] for r in rate) / accepted, 1),
              tunneld_us=round(1000 * sum(r["tunneld_cpu_ms"] for r in rate) / accepted, 1),
              runs=rate),
    "S2": row(p50, "us p50", 60, p50 <= 60 and p99 <= 200, p99=p99, p99_must=200, runs=latency),
    "S5": row(messages, "messages/s", 500000, messages >= 500000 and cost <= 5,
              stopped_observer_cost_percent=cost, cost_must=5, runs=bus),
    "S057": row(median(latency, "mean_us"), "us mean", None, True,
                deviation=median(latency, "deviation_us"), runs=latency),
    "S058": row(round(100 * signalling / CALL, 3), "% of a call", 0.37,
                100 * signalling / CALL <= 0.37, refresh_s=REFRESH_S,
                request_octets=rate[0]["request_octets"], reply_octets=rate[0]["reply_octets"],
                runs=[]),
})
