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

# IPv6: keepalives, errors, fragments, and a SYN whose options have odd places.
inside6 = bytes.fromhex("20010db8000800000000000000000005"), bytes.fromhex("20010db8ffff00000000000000000001")
ends6 = bytes.fromhex("20010db8000000000000000000000008"), bytes.fromhex("20010db8000000000000000000000001")


def packet6(protocol, ends, payload, at=None):
    """With the transport checksum at this place, if there is to be one."""
    if at is not None:
        pseudo = ends[0] + ends[1] + struct.pack("!II", len(payload), protocol)
        payload = payload[:at] + struct.pack("!H", checksum(pseudo + payload)) + payload[at + 2:]
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + ends[0] + ends[1] + payload


def options(octets):
    octets = bytes.fromhex(octets)
    return struct.pack("!HHIIBBHHH", 1, 80, 0, 0, (20 + len(octets)) // 4 << 4, 2, 0, 0, 0) + octets


def echo6(kind, data):
    return struct.pack("!BBHHH", kind, 0, 0, 1, 2) + data


inner += [
    (8, "04290000", packet6(58, ends6, echo6(128, keepalive), 2)),
    (8, "04290000", packet6(58, ends6, echo6(129, keepalive), 2)),
    (8, "04290000", packet6(58, ends6, echo6(128, keepalive))),
    (8, "04290000", packet6(58, inside6, echo6(1, bytes(48)), 2)),
    (8, "04290000", packet6(17, inside6, struct.pack("!HHHH", 5, 6, 8, 0), 6)),
    (8, "04290000", packet6(6, inside6, options("0103020405b4010101000000"), 16)),
    (8, "04290000", packet6(44, inside6, bytes.fromhex("1100000100000001") + bytes(16))),
    (8, "04290000", packet6(44, inside6, bytes(4))),
    (12, "042f0000000086dd", packet6(17, inside6, bytes(8))),
    (0, "04040000", b""),
    (0, "04040000", ipv4(6, "10.8.0.5", "192.0.2.80", options("01020405"))),
    (0, "04040000", ipv4(6, "10.8.0.5", "192.0.2.80", options("01010102"))),
    (0, "04040000", ipv4(6, "10.8.0.5", "192.0.2.80", options("0300020405b40000"))),
    (0, "04040000", ipv4(6, "10.8.0.5", "192.0.2.80", options("03020405b4010000"))),
    (1, "04040000", ipv4(1, "203.0.113.1", "10.200.0.7", echo(8, b"RKA1" + bytes(20)))),
    (1, "04040000", ipv4(1, "203.0.113.1", "10.200.0.7", echo(8, b"no keepalive of ours"))),
]

# Registrations beyond what their tables hold, and extensions that vectors have no reason to show.
request = bytes.fromhex("0122012c0ac80007cb007101c6336402eeacbf0bd80acef3")
reply = bytes.fromhex("0300012c0ac80007cb007101eeacbf0bd80acef3")
revocation = bytes.fromhex("070080000ac80007cb007101c6336402e9dcad42")
revocation_ack = bytes.fromhex("0f0000000ac80007e9dcad42")
auth = bytes.fromhex("2014000003ef") + bytes(16)
messages = {
    "message-string": reply + bytes.fromhex("9103016f6b") + auth,
    "many-networks": request + bytes.fromhex("940600180a070000") * 33 + auth,
    "many-acknowledgements": reply + bytes.fromhex("9408010018000a070000") * 33 + auth,
    "many-implicit": reply + bytes.fromhex("9408020018000a070000") * 33 + auth,
    "many-extensions": request + bytes.fromhex("860800000000000100ff") * 90 + auth,
    "many-skipped": request + bytes.fromhex("c800") * 90 + auth,
    "many-flows": request + bytes.fromhex("9a0200080201010100000000") * 9 + auth,
    "flow-without-identifier": request + bytes.fromhex("9a02000402000000") + auth,
    "flow-of-too-many": request + bytes.fromhex("9a02000402ff0000") + auth,
    "flow-cut": request + bytes.fromhex("9a02000402080101") + auth,
    "flow-short-selector": request + bytes.fromhex("9a0200050201010100") + auth,
    "flow-drop": request + bytes.fromhex("9a0200050101010000") + auth,
    "observed-ipv6": reply + bytes.fromhex("861c000000007ed90009020001b2") + inside6[0] + auth,
    "observed-cut": reply + bytes.fromhex("8610000000007ed90009020001b2cb007107") + auth,
    "nai-zero": request + bytes.fromhex("8300") + auth,
    "critical-vendor": reply + bytes.fromhex("26000006000000010001") + auth,
    "long-cut": request + bytes.fromhex("9a01ffff01"),
    "two-authenticators": request + auth + auth,
    "behind": request + auth + bytes.fromhex("940600180a070000"),
    "padding": request + bytes(5) + auth,
    "too-long": request + bytes(8200),
    "fixed-part-cut": request[:20],
    "reply-cut": reply[:10],
    "revocation-cut": revocation[:16],
    "revocation-reserved": revocation[:2] + b"\xff\xff" + revocation[4:] + auth,
    "revocation-behind": revocation + auth + bytes.fromhex("9103016f6b"),
    "revocation-foreign-agent": revocation + bytes.fromhex("2214000003ef") + bytes(16),
    "revocation-ack-cut": revocation_ack[:11],
    "revocation-ack-string": revocation_ack + bytes.fromhex("9103016f6b") + auth,
    "support": request + bytes.fromhex("89068000e9dcad40") + auth,
    "support-twice": request + bytes.fromhex("89068000e9dcad40") * 2 + auth,
    "support-cut": reply + bytes.fromhex("89058000e9dcad") + auth,
    "no-octet": b"",
}
# Datagrams of the bus: the header of frame.h, and an empty HELLO behind it.
hello = bytes.fromhex("20000000") + struct.pack("<II", 12, 1)


def frame(mark=0x0102, version=1, head=32, boot=7, seq=1, extra=0):
    size = 32 + len(hello) + extra
    return struct.pack("<4sHBBQQIHH", b"MIPS", mark, version, head, boot, seq, size, 1, 0) + hello


frames = {
    "good": frame(),
    "other-order": frame(mark=0x0201),
    "version": frame(version=9),
    "head-short": frame(head=8),
    "head-long": frame(head=252),
    "head-odd": frame(head=33),
    "no-boot-id": frame(boot=0),
    "no-sequence": frame(seq=0),
    "lying-length": frame(extra=4),
    "cut": frame()[:20],
}
bare = {
    "gre-ipv6": bytes.fromhex("042f0000000086dd") + packet6(59, inside6, b""),
    "ipv6": bytes.fromhex("04290000") + packet6(59, inside6, b""),
    "gre-of-another": bytes.fromhex("042f00000000880b") + bytes(20),
    "gre-flags": bytes.fromhex("042f0000c0000800") + bytes(20),
    "gre-cut": bytes.fromhex("042f000030000800000001"),
    "other-next-header": bytes.fromhex("04320000") + bytes(20),
    "nothing-inside": bytes.fromhex("04040000"),
    "version-lies": bytes.fromhex("04040000") + packet6(59, inside6, b""),
    "three-octets": bytes.fromhex("040400"),
    "no-tunnel-data": bytes.fromhex("01040000") + bytes(20),
}


def put(target, name, octets):
    folder = here / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(octets)


for vectors in ("vectors-mipv4.json", "vectors-revocation.json", "vectors-own.json"):
    for vector in json.loads((here.parent / "vectors" / vectors).read_text())["vectors"]:
        octets = bytes.fromhex(vector["hex"])
        put("tunnel-data" if octets[0] == 4 else "mip", vector["id"], octets)
for target, lines in texts.items():
    for number, line in enumerate(lines):
        put(target, f"{number:02}", line.encode())
for target, named in (("mip", messages), ("mipsock", frames), ("tunnel-data", bare)):
    for name, octets in named.items():
        put(target, f"more-{name}", octets)
for number, (end, header, packet) in enumerate(inner):
    put("inner", f"{number:02}", bytes([end]) + bytes.fromhex(header) + packet)
