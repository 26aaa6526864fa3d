#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/fuzz/corpus from tests/vectors and a few texts. Run it when the vectors change."""
import json
import pathlib

here = pathlib.Path(__file__).parent
texts = {
    "addr": [
        "192.0.2.1", "0.0.0.0/0", "192.0.2.77/24", "192.0.2.1:434", "[2001:db8::1]:434",
        "2001:db8::/32", "::ffff:192.0.2.1", "fe80::1:2:3:4",
    ],
    "sa-line": [
        "1007 hmac-sha256 000102030405060708090a0b0c0d0e0f",
        "0x1000 hmac-md5 00 replay=nonces tolerance=1500ms # comment",
        "  # only a comment",
        "300 hmac-sha1 Ff00\ttolerance=7s\treplay=timestamps",
    ],
}


def put(target, name, octets):
    folder = here / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(octets)


for vectors in ("vectors-mipv4.json", "vectors-own.json"):
    for vector in json.loads((here.parent / "vectors" / vectors).read_text())["vectors"]:
        octets = bytes.fromhex(vector["hex"])
        put("tunnel-data" if octets[0] == 4 else "mip", vector["id"], octets)
for target, lines in texts.items():
    for number, line in enumerate(lines):
        put(target, f"{number:02}", line.encode())
