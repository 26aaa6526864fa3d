#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Counts test results. Arguments: meson's testlog.json files (each test's TAP lines count, or the
test itself where it prints none) and TAP files of the namespace tests. Prints what failed, then
the closing line; exit status 1 if anything failed or nothing ran."""
import json
import re
import sys

LINE = re.compile(r"^\s*(not )?ok\b(?:\s+(\d+))?\s*(?:-\s*)?(.*)$")


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def tap(self, where, text):
        seen = failed = 0
        for line in text.splitlines():
            m = LINE.match(line)
            if not m:
                continue
            seen += 1
            if re.search(r"#\s*skip", m.group(3), re.I):
                self.skipped += 1
            elif m.group(1):
                self.failed += 1
                failed += 1
                self.failures.append(f"{where}: {m.group(3)}")
            else:
                self.passed += 1
        return seen, failed

    def meson(self, path):
        for line in open(path, encoding="utf-8"):
            row = json.loads(line)
            seen, failed = self.tap(row["name"], row.get("stdout") or "")
            good = row["result"] in ("OK", "EXPECTEDFAIL")
            if row["result"] == "SKIP":
                self.skipped += not seen
            elif not good and not failed:
                self.failed += 1
                tail = ((row.get("stdout") or "") + (row.get("stderr") or ""))[-3000:]
                self.failures.append(f"{row['name']}: {row['result']}\n{tail}")
            elif good and not seen:
                self.passed += 1

    def script(self, path):
        """A TAP file whose last line is '# exit N', written by tests/run."""
        text = open(path, encoding="utf-8", errors="replace").read()
        status = int(text.rstrip().rsplit("# exit ", 1)[1])
        seen, failed = self.tap(path.rsplit("/", 1)[1], text)
        if status == 77:
            self.skipped += 1
        elif status and not failed:
            self.failed += 1
            self.failures.append(f"{path}: exit {status}\n{text[-3000:]}")
        elif not seen:
            self.passed += 1


def main():
    count = Count()
    for path in sys.argv[1:]:
        (count.meson if path.endswith(".json") else count.script)(path)
    for failure in count.failures:
        print(f"FAILED {failure}")
    if count.passed + count.failed == 0:
        count.failed = 1
        print("FAILED: nothing ran")
    print(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    return 1 if count.failed else 0


sys.exit(main())
