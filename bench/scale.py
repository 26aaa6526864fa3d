#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rows S3 and S4 out of the runs of scale.sh."""
import sys

from rows import median, read, row, show

runs = read(sys.argv[1])
n = int(sys.argv[3])


def each(state, *daemons):
    """Octets a binding: all there is, with program and libraries, divided by the bindings."""
    return round(1024 * sum(runs[state][0][d] for d in daemons) / n)


memory = max(each(state, "had", "tunneld") for state in ("full", "settled", "restarted"))
restart = round(median(runs["restart"], "seconds"), 3)
show("scale", {
    "S3": row(memory, "octets", 2500, memory <= 2500, bindings=n,
              had=each("settled", "had"), tunneld=each("settled", "tunneld"),
              just_filled=each("full", "had", "tunneld"),
              settled=each("settled", "had", "tunneld"),
              after_restarts=each("restarted", "had", "tunneld"),
              runs=[dict(r[0], state=s) for s, r in runs.items() if "had" in r[0]]),
    "S4": row(restart, "s", 2, restart <= 2, bindings=n, runs=runs["restart"]),
})
