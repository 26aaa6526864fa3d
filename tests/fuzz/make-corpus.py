#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/fuzz/corpus from tests/vectors and a few texts. Run it when the vectors change."""
import json
import pathlib
import struct

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


def ipv4(protocol, src, dst, payload):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0,
                       bytes(map(int, src.split("."))), bytes(map(int, dst.split("."))))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def echo(kind, data):
    head = struct.pack("!BBHHH", kind, 0, 0, 1, 2) + data
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


# Inner packets: which end (see fuzz-inner.c), next header, packet.
keepalive = b"RKA1" + struct.pack("!BBHIHHQ", 2, 1, 24, 0x5a5a5a5a, 0, 7, 99)
syn = struct.pack("!HHIIBBHHH", 1, 80, 0, 0, 0x80, 2, 0, 0, 0) + bytes.fromhex("01020405b4010300000000")
ipv6 = bytes.fromhex("6000000000203a40") + bytes(15) + b"\1" + bytes(15) + b"\2" + echo(128, bytes(24))
inner = [
    (0, "04040000", ipv4(17, "10.8.0.5", "192.0.2.80", struct.pack("!HHHH", 5, 6, 12, 0) + b"data")),
    (0, "04040000", ipv4(6, "10.8.0.5", "192.0.2.80", syn)),
    (0, "04040000", ipv4(1, "10.200.0.8", "203.0.113.1", echo(8, b"a stranger's"))),
    (1, "04040000", ipv4(1, "203.0.113.1", "10.200.0.7", echo(8, keepalive))),
    (1, "04040000", ipv4(1, "203.0.113.1", "10.200.0.7", echo(0, keepalive))),
    (0, "04040000", ipv4(17, "10.8.0.5", "203.0.113.1", struct.pack("!HHHH", 5, 434, 8, 0))),
    (4, "042f000000000800", ipv4(17, "10.8.0.5", "192.0.2.80", struct.pack("!HHHH", 5, 6, 8, 0))),
    (2, "042f0000300008000100000100000001",
     ipv4(17, "10.8.0.5", "192.0.2.80", struct.pack("!HHHH", 5, 6, 8, 0))),
    (0, "04290000", ipv6),
]


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
for number, (end, header, packet) in enumerate(inner):
    put("inner", f"{number:02}", bytes([end]) + bytes.fromhex(header) + packet)
