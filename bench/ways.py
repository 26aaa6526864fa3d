# SPDX-License-Identifier: BSD-2-Clause
"""Runs of the same test by several ways: ours, plain forwarding, other programs' tunnels."""
import rows

KERNEL = {"raw", "vxlan"}


class Ways:
    def __init__(self, path):
        self.runs = rows.read(path)
        self.peers = self.runs.pop("peer", [])
        self.missing = [p["peer"] for p in self.peers if p.get("missing")]
        self.memory = self.runs.pop("memory", [])
        self.tables = self.runs.pop("table", [])
        self.ways = list(dict.fromkeys(name.split()[1] for name in self.runs))
        self.rivals = [way for way in self.ways if way not in KERNEL | {"tunnel"}]

    def middle(self, test, way, key):
        return rows.median(self.runs[f"{test} {way}"], key)

    def to_raw(self, test, key):
        return round(self.middle(test, "tunnel", key) / self.middle(test, "raw", key), 3)

    def best(self, test, key, better=max):
        """Of the programs in user space: name and value."""
        way = better(self.rivals, key=lambda w: self.middle(test, w, key))
        return way, self.middle(test, way, key)

    def to_best(self, test, key, better=max):
        return round(self.middle(test, "tunnel", key) / self.best(test, key, better)[1], 3)

    def detail(self, *tests):
        """All runs of these tests, for whoever wants to count again."""
        return {"runs": {name: r for name, r in self.runs.items() if name.split()[0] in tests},
                "peers": self.peers}

    def table(self, tests):
        print(f"{'':12}" + "".join(f"{way:>14}" for way in self.ways))
        for test, key, scale, unit in tests:
            values = "".join(f"{self.middle(test, way, key) / scale:14.3f}" for way in self.ways)
            print(f"{test + ' ' + key:12}{values}  {unit}")
