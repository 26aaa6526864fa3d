#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Row P7 out of the runs of latency.sh: medians, and ratios within one run."""
import sys

import rows
from ways import Ways

w = Ways(sys.argv[1])
p50, p99 = w.to_best("idle", "p50", min), w.to_best("idle", "p99", min)
w.table([(test, key, 1, "ms") for test in ("idle", "loaded") for key in ("p50", "p99")])
rows.show("latency", {
    "P7": rows.row(p50, "round trip p50 / best", 1.25, p50 <= 1.25 and p99 <= 2 and not w.missing,
                   p99=f"{p99} (must 2)", best=w.best("idle", "p50", min)[0],
                   loaded_p50=w.to_best("loaded", "p50", min),
                   loaded_p99=w.to_best("loaded", "p99", min), **w.detail("idle", "loaded"))})
