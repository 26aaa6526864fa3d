# SPDX-License-Identifier: BSD-2-Clause
"""Rows out of the runs that a script wrote, one JSON object a line: read, judge, print."""
import json
import statistics
import sys


def read(path):
    runs = {}
    with open(path, encoding="utf-8") as lines:
        for run in map(json.loads, lines):
            runs.setdefault(run.pop("name"), []).append(run)
    return runs


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def row(value, unit, must, ok, **detail):
    """must is what GOALS says, None if it only wants the figure printed."""
    return {"value": value, "unit": unit, "must": must, "ok": ok, "detail": detail}


def show(bench, rows):
    for name, r in rows.items():
        must = "" if r["must"] is None else f"must {r['must']}"
        texts = [f"{k} {v}" for k, v in r["detail"].items() if not isinstance(v, (list, dict))]
        print(f"{name:5}{r['value']:>10} {r['unit']:14} {must:14} "
              f"{'ok' if r['ok'] else 'NOT REACHED'}  {', '.join(texts)}")
    if sys.argv[2] == "yes":
        print(json.dumps({"bench": bench, "rows": rows}))
