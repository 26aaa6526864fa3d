#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mobile IPv4 on the wire, for black-box tests: messages, extensions, authenticators, tunnel data.

Written from the RFCs alone and shares nothing with the C suite, so that an error has to be made
twice to go unnoticed.  `mip4.py --selftest` checks it against the vectors.

Extensions are rows of EXTENSIONS; ext("UdpTunnelRequest", flags=0x80) builds one, Extension.fields
has what was read.  decode() takes a whole UDP payload and raises Malformed; encode() is its
inverse.  Addresses are dotted text, identifications are 64-bit integers.
"""

import argparse
import collections
import glob
import hashlib
import hmac
import ipaddress
import json
import os
import secrets
import socket
import struct
import sys
import time

PORT = 434
VENDOR = 32473              # RFC 5612: for documentation; the suite's vendor number until it has one
NTP_EPOCH = 2208988800      # 1900 to 1970 in seconds

RRQ, RRP, TUNNEL_DATA, REVOCATION, REVOCATION_ACK = 1, 3, 4, 7, 15
HOTI, COTI, HOT, COT = 24, 25, 26, 27

FLAG_S, FLAG_B, FLAG_D, FLAG_M, FLAG_G, FLAG_R, FLAG_T, FLAG_X = (0x80 >> i for i in range(8))
FLAG_NAMES = "SBDMGrTx"

CAPS_S, CAPS_K, CAPS_REPORT, CAPS_WATCH = 1 << 0, 1 << 1, 1 << 2, 1 << 3
CAPS_MULTIPATH, CAPS_OBSERVED = 1 << 10, 1 << 11
ROLE_ROUTER, ROLE_HOME_AGENT, ROLE_CORRESPONDENT = 1, 2, 3

LONG_TYPES = {36, 38, 40, 41, 42, 43, 47, 48, 50, 127, 154}
SHORT_TYPES = {44, 45, 49, 136, 144, 145, 148, 152, 153, 255}

DIGESTS = {"hmac-md5": hashlib.md5, "hmac-sha1": hashlib.sha1, "hmac-sha256": hashlib.sha256}

NH_IPV4, NH_IPV6, NH_GRE, NH_MINIMAL = 4, 41, 47, 55
GRE_KEY, GRE_SEQUENCE = 0x2000, 0x1000


class Malformed(ValueError):
    """Octets that no reading of the format allows."""


# ---------------------------------------------------------------- fields of fixed size

def ip4(octets):
    return socket.inet_ntoa(octets)


def aton(text):
    return socket.inet_aton(text)


CODECS = {
    "u8": (1, lambda b: b[0], lambda v: struct.pack(">B", v)),
    "u16": (2, lambda b: struct.unpack(">H", b)[0], lambda v: struct.pack(">H", v)),
    "u32": (4, lambda b: struct.unpack(">I", b)[0], lambda v: struct.pack(">I", v)),
    "u64": (8, lambda b: struct.unpack(">Q", b)[0], lambda v: struct.pack(">Q", v)),
    "ip4": (4, ip4, aton),
    "ip6": (16, lambda b: socket.inet_ntop(socket.AF_INET6, b),
            lambda v: socket.inet_pton(socket.AF_INET6, v)),
    "hex": (None, lambda b: b.hex(), bytes.fromhex),
    "text": (None, lambda b: b.decode("utf-8", "replace"), lambda v: v.encode()),
}


def unpack_fields(layout, data):
    """Reads `layout` from `data`; every octet has to belong to a field."""
    fields, at = {}, 0
    for name, kind in layout:
        size, read, _ = CODECS[kind]
        size = len(data) - at if size is None else size
        if at + size > len(data):
            raise Malformed(f"{name} is cut off")
        fields[name] = read(data[at:at + size])
        at += size
    if at != len(data):
        raise Malformed(f"{len(data) - at} octets too many")
    return fields


def pack_fields(layout, fields):
    out, left = b"", dict(fields)
    for name, kind in layout:
        default = "" if kind in ("hex", "text") else "0.0.0.0" if kind == "ip4" else 0
        out += CODECS[kind][2](left.pop(name, default))
    if left:
        raise TypeError(f"no such field: {', '.join(left)}")
    return out


# ---------------------------------------------------------------- extensions

class Row:
    """One kind of extension with a fixed sequence of fields."""

    def __init__(self, number, sub, name, layout, derive=None, minimum=0):
        self.type, self.sub, self.name, self.layout = number, sub, name, layout
        self.derive, self.minimum = derive, minimum

    def unpack(self, data):
        if len(data) < self.minimum:
            raise Malformed(f"{self.name}: {len(data)} octets of data")
        return unpack_fields(self.layout, data)

    def pack(self, fields):
        return pack_fields(self.layout, fields)


class FlowRow(Row):
    """154/2: action, a counted list of binding identifiers, a selector (RFC 7629, RFC 6088)."""

    def unpack(self, data):
        if len(data) < 2 or len(data) < 3 + data[1]:
            raise Malformed("flow binding is cut off")
        at = 2 + data[1]
        return {"action": data[0], "bids": list(data[2:at]), "ts_format": data[at],
                "selector": data[at + 1:].hex()}

    def pack(self, fields):
        bids = bytes(fields["bids"])
        return (bytes([fields.get("action", 1), len(bids)]) + bids +
                bytes([fields.get("ts_format", 1)]) +
                bytes.fromhex(fields.get("selector", "00000000")))


class CareOfListRow(Row):
    """49/3: care-of addresses in order of preference (RFC 6521)."""

    def unpack(self, data):
        if len(data) < 1 or (len(data) - 1) % 4:
            raise Malformed("care-of address list of a broken length")
        fields = {"reserved": data[0]}
        for i in range((len(data) - 1) // 4):
            fields[f"coa{i}"] = ip4(data[1 + 4 * i:5 + 4 * i])
        return fields

    def pack(self, fields):
        count = len(fields) - 1
        return bytes([fields["reserved"]]) + b"".join(aton(fields[f"coa{i}"]) for i in range(count))


class AdvertRow(Row):
    """50/1: prefix advertisement (RFC 6521); packed from its own octets only."""

    def unpack(self, data):
        return {"structures": decode_prefix_structures(data), "octets": data.hex()}

    def pack(self, fields):
        return bytes.fromhex(fields["octets"])


VENDOR_KINDS = {
    1: ("caps", [("version", "u8"), ("role", "u8"), ("bits", "u32"), ("boot_id", "u32")]),
    8: ("watch", [("theta_0", "u16"), ("theta_min", "u16"), ("theta_max", "u16"), ("fill", "u16"),
                  ("idle", "u16"), ("report_calm", "u16"), ("report_alert", "u16"),
                  ("width", "u8"), ("flags", "u8")]),
}


class VendorRow(Row):
    """134: normal vendor extension (RFC 3115); our own kinds are opened, a longer value is read
    as far as it is known."""

    def unpack(self, data):
        fields = unpack_fields(self.layout, data)
        value = bytes.fromhex(fields["value"])
        if fields["vendor"] != VENDOR:
            return fields
        if fields["kind"] in VENDOR_KINDS:
            name, layout = VENDOR_KINDS[fields["kind"]]
            size = sum(CODECS[kind][0] for _, kind in layout)
            if len(value) < size:
                raise Malformed(f"{name} of {len(value)} octets")
            fields[name] = unpack_fields(layout, value[:size])
        elif fields["kind"] == 9:
            fields["observed"] = decode_observed(value)
        return fields

    def pack(self, fields):
        return pack_fields(self.layout, {k: fields[k] for k, _ in self.layout if k in fields})


def decode_observed(value):
    size = {1: 4, 2: 16}.get(value[0]) if len(value) >= 4 else None
    if size is None or len(value) < 4 + size:
        raise Malformed("observed address is broken")
    family = socket.AF_INET if value[0] == 1 else socket.AF_INET6
    return {"family": value[0], "port": struct.unpack(">H", value[2:4])[0],
            "address": socket.inet_ntop(family, value[4:4 + size])}


def udp_request_bits(fields):
    return {"F": bool(fields["flags"] & 0x80), "R": bool(fields["flags"] & 0x40)}


AUTH = [("spi", "u32"), ("authenticator", "hex")]

EXTENSIONS = [
    Row(32, None, "MobileHomeAuth", AUTH, minimum=4),
    Row(33, None, "MobileForeignAuth", AUTH, minimum=4),
    Row(34, None, "ForeignHomeAuth", AUTH, minimum=4),
    Row(36, 1, "MnAaaAuth", AUTH, minimum=4),
    Row(36, 2, "FaFaAuth", AUTH, minimum=4),
    Row(36, 3, "MnGfaAuth", AUTH, minimum=4),
    Row(38, None, "CriticalVendor", [("vendor", "u32"), ("kind", "u16"), ("value", "hex")]),
    Row(44, 0, "UdpTunnelReply", [("code", "u8"), ("flags", "u16"), ("keepalive_interval", "u16")],
        lambda f: {"F": bool(f["flags"] & 0x8000)}),
    Row(45, 0, "FaError", [("status", "u8")]),
    Row(46, None, "GfaAddress", [("reserved", "u16"), ("address", "ip4")]),
    Row(48, 0, "GreKey", [("key", "u32")]),
    Row(49, 1, "RouteOptReply", [("octet", "u8")],
        lambda f: {"flags_ONS_code": {"O": f["octet"] >> 7 & 1, "N": f["octet"] >> 6 & 1,
                                      "S": f["octet"] >> 5 & 1, "code": f["octet"] & 31}}),
    Row(49, 2, "MobileCorrespondentAuth",
        [("reserved", "u8"), ("home_nonce_index", "u16"), ("careof_nonce_index", "u16"),
         ("authenticator", "hex")]),
    CareOfListRow(49, 3, "CareOfAddressList", []),
    AdvertRow(50, 1, "RouteOptPrefixAdvert", []),
    Row(130, None, "DeliveryStyle", []),
    Row(131, None, "MnNai", [("nai", "text")], minimum=1),
    Row(132, None, "MnFaChallenge", [("challenge", "hex")]),
    VendorRow(134, None, "NormalVendor",
              [("reserved", "u16"), ("vendor", "u32"), ("kind", "u16"), ("value", "hex")]),
    Row(136, 1, "HaNai", [("nai", "text")]),
    Row(136, 2, "AaahNai", [("nai", "text")]),
    Row(136, 3, "FaNai", [("nai", "text")]),
    Row(137, None, "RevocationSupport", [("flags", "u16"), ("timestamp", "u32")]),
    Row(140, None, "HierarchicalFa", [("reserved", "u16"), ("address", "ip4")]),
    Row(142, None, "RegionalLifetime", [("reserved", "u16"), ("seconds", "u32")]),
    Row(144, 0, "UdpTunnelRequest",
        [("reserved1", "u8"), ("flags", "u8"), ("encapsulation", "u8"), ("reserved3", "u16")],
        udp_request_bits),
    Row(145, 1, "HaMessage", [("text", "text")]),
    Row(145, 2, "FaMessage", [("text", "text")]),
    Row(148, 0, "MobileNetworkRequest", [("prefix_length", "u8"), ("prefix", "ip4")]),
    Row(148, 1, "MobileNetworkAck",
        [("code", "u8"), ("prefix_length", "u8"), ("reserved", "u8"), ("prefix", "ip4")]),
    Row(148, 2, "MobileNetworkImplicitAck",
        [("code", "u8"), ("prefix_length", "u8"), ("reserved", "u8"), ("prefix", "ip4")]),
    Row(151, None, "ServiceSelection", [("identifier", "text")], minimum=1),
    Row(152, 1, "Ipv6PrefixRequest", [("prefix_length", "u8"), ("prefix", "ip6")]),
    Row(152, 2, "Ipv6PrefixReply",
        [("code", "u8"), ("prefix_length", "u8"), ("reserved", "u8"), ("prefix", "ip6")]),
    Row(152, 3, "Ipv6TunnelingMode", [("reserved", "u8")]),
    Row(153, 1, "RouteOptCapability", [("flags", "u8"), ("home_address", "hex")],
        lambda f: {"flags_ARSO": "".join(c for i, c in enumerate("ARSO")
                                         if f["flags"] & 0x80 >> i)}),
    Row(154, 1, "Multipath",
        [("if_att", "u8"), ("label", "u8"), ("bid", "u8"), ("flags", "u8")],
        lambda f: {"B": bool(f["flags"] & 0x80), "O": bool(f["flags"] & 0x40)}),
    FlowRow(154, 2, "FlowBinding", []),
]
BY_NAME = {row.name: row for row in EXTENSIONS}
BY_NUMBER = {(row.type, row.sub): row for row in EXTENSIONS}


def ext_raw(number, data, sub=None):
    """An extension in the shape that its type has."""
    if number in LONG_TYPES:
        return struct.pack(">BBH", number, sub or 0, len(data)) + data
    if sub is None:
        return struct.pack(">BB", number, len(data)) + data
    return struct.pack(">BBB", number, len(data) + 1, sub) + data


def ext(name, **fields):
    row = BY_NAME[name]
    return ext_raw(row.type, row.pack(fields), row.sub)


def nai(text):
    return ext("MnNai", nai=text)


def network_request(prefix):
    net = ipaddress.ip_network(prefix, strict=False)
    return ext("MobileNetworkRequest", prefix_length=net.prefixlen,
               prefix=str(net.network_address))


def network_ack(prefix, code=0, implicit=False):
    net = ipaddress.ip_network(prefix, strict=False)
    return ext("MobileNetworkImplicitAck" if implicit else "MobileNetworkAck", code=code,
               prefix_length=net.prefixlen, prefix=str(net.network_address))


def udp_request(force=False, encapsulation=0):
    return ext("UdpTunnelRequest", flags=0x80 if force else 0, encapsulation=encapsulation)


def udp_reply(code=0, force=False, keepalive=0):
    return ext("UdpTunnelReply", code=code, flags=0x8000 if force else 0,
               keepalive_interval=keepalive)


def vendor(kind, value, number=VENDOR):
    return ext("NormalVendor", vendor=number, kind=kind, value=value.hex())


def caps(role, bits, boot_id, version=1):
    return vendor(1, struct.pack(">BBII", version, role, bits, boot_id))


def watch(**fields):
    return vendor(8, pack_fields(VENDOR_KINDS[8][1], fields))


def observed(address, port):
    return vendor(9, struct.pack(">BBH", 1, 0, port) + aton(address))


def revocation_support(timestamp, inform=False):
    return ext("RevocationSupport", flags=0x8000 if inform else 0, timestamp=timestamp)


def cvse(number=9, kind=1, value=b""):
    """A critical vendor extension (RFC 3115), which nobody may skip."""
    return ext_raw(38, struct.pack(">IH", number, kind) + value)


def multipath(bid, flags=0, if_att=3, label=1):
    return ext("Multipath", if_att=if_att, label=label, bid=bid, flags=flags)


def flow_all(*bids):
    """The catch-all flow binding: these paths in this order."""
    return ext("FlowBinding", bids=list(bids))


class Extension:
    def __init__(self, offset, number, sub, data, total):
        self.offset, self.type, self.sub, self.data, self.total = offset, number, sub, data, total
        self.row = BY_NUMBER.get((number, sub))
        self.name = self.row.name if self.row else f"Unknown{number}" + (
            "" if sub is None else f".{sub}")
        self.fields = self.row.unpack(data) if self.row else {"data": data.hex()}
        if self.row and self.row.derive:
            self.fields.update(self.row.derive(self.fields))

    @property
    def shape(self):
        if self.type == 0:
            return "pad"
        return "long" if self.type in LONG_TYPES else "tlv" if self.sub is None else "short"

    def encode(self):
        """Built again from the fields, not copied."""
        if self.type == 0:
            return b"\0"
        fields = {k: v for k, v in self.fields.items()}
        if self.row and self.row.derive:
            for name in self.row.derive(fields):
                del fields[name]
        return ext_raw(self.type, self.row.pack(fields) if self.row else self.data, self.sub)

    def as_dict(self):
        return {"name": self.name, "type": self.type, "sub": self.sub, "offset": self.offset,
                **self.fields}


def walk(raw, at):
    """All extensions of `raw` from offset `at`; Malformed when one does not fit."""
    found = []
    while at < len(raw):
        number, start = raw[at], at
        if number == 0:
            at += 1
            found.append(Extension(start, 0, None, b"", 1))
            continue
        if number in LONG_TYPES:
            if at + 4 > len(raw):
                raise Malformed(f"extension {number} at {at}: no length")
            sub, size, head = raw[at + 1], struct.unpack(">H", raw[at + 2:at + 4])[0], 4
            sub = None if number == 38 else sub
        else:
            if at + 2 > len(raw):
                raise Malformed(f"extension {number} at {at}: no length")
            sub, size, head = None, raw[at + 1], 2
        if at + head + size > len(raw):
            raise Malformed(f"extension {number} at {at}: longer than the message")
        data = raw[at + head:at + head + size]
        if number in SHORT_TYPES:
            if not data:
                raise Malformed(f"extension {number} at {at}: no subtype")
            sub, data = data[0], data[1:]
        at += head + size
        found.append(Extension(start, number, sub, data, at - start))
    return found


# ---------------------------------------------------------------- messages

FIXED = {
    RRQ: [("flags", "u8"), ("lifetime", "u16"), ("home_address", "ip4"), ("home_agent", "ip4"),
          ("care_of_address", "ip4"), ("identification", "u64")],
    RRP: [("code", "u8"), ("lifetime", "u16"), ("home_address", "ip4"), ("home_agent", "ip4"),
          ("identification", "u64")],
    REVOCATION: [("reserved", "u8"), ("flags", "u16"), ("home_address", "ip4"),
                 ("home_domain_address", "ip4"), ("foreign_domain_address", "ip4"),
                 ("identifier", "u32")],
    REVOCATION_ACK: [("reserved", "u8"), ("flags", "u16"), ("home_address", "ip4"),
                     ("identifier", "u32")],
    HOTI: [("reserved", "u8"), ("home_init_cookie", "u64")],
    COTI: [("reserved", "u8"), ("careof_init_cookie", "u64")],
    HOT: [("reserved", "u8"), ("nonce_index", "u16"), ("home_init_cookie", "u64"),
          ("home_keygen_token", "u64")],
    COT: [("reserved", "u8"), ("nonce_index", "u16"), ("careof_init_cookie", "u64"),
          ("careof_keygen_token", "u64")],
}
NO_EXTENSIONS = {HOTI, COTI, HOT, COT}


class Message:
    """A control message; the fields of its fixed part are attributes."""

    def __init__(self, number, fields, extensions=(), raw=b""):
        self.type, self.fields, self.extensions, self.raw = number, fields, list(extensions), raw

    def __getattr__(self, name):
        try:
            return self.__dict__["fields"][name]
        except KeyError:
            raise AttributeError(name) from None

    def all(self, name):
        return [e for e in self.extensions if e.name == name]

    def first(self, name):
        return next((e for e in self.extensions if e.name == name), None)

    def vendor(self, kind):
        """Our own vendor extension `caps`, `watch` or `observed`, as a dictionary, or None."""
        return next((e.fields[kind] for e in self.all("NormalVendor") if kind in e.fields), None)

    def as_dict(self):
        out = {"type": self.type, **self.fields}
        if "identification" in out:
            out["identification"] = f"{out['identification']:016x}"
        if self.type == RRQ:
            out["flags_text"] = flags_text(self.flags)
        out["extensions"] = [e.as_dict() for e in self.extensions]
        return out


def flags_text(flags):
    return "".join(c for i, c in enumerate(FLAG_NAMES) if flags & 0x80 >> i)


def fixed_size(number):
    return 1 + sum(CODECS[kind][0] for _, kind in FIXED[number])


def encode(number, extensions=(), **fields):
    """A message from its fields; extensions are octets, already built."""
    return bytes([number]) + pack_fields(FIXED[number], fields) + b"".join(extensions)


def decode(raw):
    if not raw:
        raise Malformed("empty")
    if raw[0] not in FIXED:
        raise Malformed(f"message type {raw[0]}")
    size = fixed_size(raw[0])
    if len(raw) < size:
        raise Malformed(f"message type {raw[0]} of {len(raw)} octets")
    fields = unpack_fields(FIXED[raw[0]], raw[1:size])
    extensions = [] if raw[0] in NO_EXTENSIONS else walk(raw, size)
    return Message(raw[0], fields, extensions, raw)


def must_discard(message):
    """The first extension below 128 that nobody here knows (RFC 5944 1.8), or None."""
    return next((e for e in message.extensions if 0 < e.type < 128 and not e.row), None)


# ---------------------------------------------------------------- security associations

class Association:
    def __init__(self, spi, key, algorithm="hmac-sha256"):
        self.spi, self.algorithm = spi, algorithm
        self.key = bytes.fromhex(key) if isinstance(key, str) else bytes(key)

    @property
    def size(self):
        return DIGESTS[self.algorithm]().digest_size

    def digest(self, octets):
        return hmac.new(self.key, octets, DIGESTS[self.algorithm]).digest()

    def sign(self, message, number=32):
        """`message` with an authentication extension behind it."""
        covered = message + struct.pack(">BBI", number, 4 + self.size, self.spi)
        return covered + self.digest(covered)

    def verify(self, raw, extension):
        """True when this authentication extension of `raw` is right, compared in full."""
        if extension.fields["spi"] != self.spi:
            return False
        got = bytes.fromhex(extension.fields["authenticator"])
        covered = raw[:extension.offset + extension.total - len(got)]
        return len(got) == self.size and hmac.compare_digest(got, self.digest(covered))

    def report_key(self, request, reply):
        """The key of reports, from the octets up to and including MN-HA of both messages."""
        return hmac.new(self.key, b"\0raiic report" + up_to_auth(request) + up_to_auth(reply),
                        hashlib.sha256).digest()


def up_to_auth(raw):
    auth = decode(raw).first("MobileHomeAuth")
    return raw[:auth.offset + auth.total]


class Identifications:
    """Strictly increasing timestamps (RFC 5944 5.7.1) on a clock that can be set off."""

    def __init__(self, offset=0.0):
        self.offset, self.last = offset, 0

    def next(self):
        self.last = max(self.last + 1, self.at())
        return self.last

    def at(self, seconds=0.0):
        """The Identification of `seconds` from now; remembers nothing."""
        return ntp(time.time() + self.offset + seconds)

    def learn(self, identification):
        """From a 133: the agent's clock is the high half, in whole seconds, so a second is added;
        a clock that agrees already is left alone, the request was only overtaken."""
        seconds = (identification >> 32) - NTP_EPOCH
        if abs(seconds - time.time() - self.offset) > 2:
            self.offset = seconds + 1 - time.time()
            self.last = 0


class Nonces:
    """Replay protection by nonces (RFC 5944 5.7.2): the high half is the one of the last reply."""

    def __init__(self):
        self.nonce, self.used = 0, 0

    def next(self):
        self.used += 1
        return self.nonce << 32 | (secrets.randbits(24) << 8 | self.used & 0xff)

    def learn(self, identification):
        self.nonce = identification >> 32


def ntp(unix):
    """64-bit NTP time; the low bits that no clock provides are random."""
    return ((int(unix * (1 << 20)) + (NTP_EPOCH << 20)) << 12 | secrets.randbits(12)) & (1 << 64) - 1


# ---------------------------------------------------------------- return routability (RFC 6521)

def keygen_token(kcr, address, nonce, kind):
    return hmac.new(kcr, aton(address) + nonce + bytes([kind]), hashlib.sha1).digest()[:8]


def decode_prefix_structures(data):
    """Prefix advertisement (RFC 6521 section 4): routers, prefixes, compressed realms."""
    out, at, master, realms = [], 0, None, Realms()

    def take(count):
        nonlocal at
        if at + count > len(data):
            raise Malformed("prefix advertisement is cut off")
        at += count
        return data[at - count:at]

    while at < len(data):
        head = take(1)[0]
        low = head & 0x3f
        if head & 0x40:
            out.append({"mr_hoa": ip4(take(4)), "info": low})
            continue
        if not out or low > 32:
            raise Malformed("prefix advertisement: no router, or a prefix longer than 32")
        if head & 0x80:
            octets = take(1)
            if master is None or low < 8:
                raise Malformed("delta without a master")
            top = (0xffffffff << (40 - low)) & 0xffffffff if low > 8 else 0
            value = (master & top) | octets[0] << (32 - low)
        else:
            octets = take((low + 7) // 8)
            value = master = int.from_bytes(octets.ljust(4, b"\0"), "big")
        start = at
        realm, at = realms.decode(data, at)
        out.append({"prefix": f"{ip4(value.to_bytes(4, 'big'))}/{low}", "realm": realm,
                    "delta": bool(head & 0x80), "prefix_octets": octets.hex(),
                    "realm_octets": data[start:at].hex()})
    return out


class Realms:
    """The decoder of compressed realms and its dictionary of 128 strings."""

    def __init__(self):
        self.dictionary, self.next = {}, 0

    def add(self, text):
        self.dictionary[self.next] = text
        self.next = (self.next + 1) % 128

    def decode(self, data, at):
        parts, fresh = [], []
        while True:
            if at >= len(data):
                raise Malformed("realm without an end")
            head = data[at]
            at += 1
            if head == 0:
                break
            if head & 0x80:
                if head & 0x7f not in self.dictionary:
                    raise Malformed("realm: empty dictionary entry")
                parts.append(self.dictionary[head & 0x7f])
                fresh = []
                continue
            if at + head > len(data):
                raise Malformed("realm label is cut off")
            label = data[at:at + head].decode("utf-8", "replace")
            at += head
            parts.append(label)
            fresh.append(label)
            self.add(label)
        for i in range(len(fresh) - 1):
            self.add(".".join(fresh[i:]))
        return ".".join(parts), at


# ---------------------------------------------------------------- tunnel data and what is in it

Tunnel = collections.namedtuple("Tunnel", "next_header inner gre sequence path path_count protocol")


def tunnel(inner, next_header=NH_IPV4):
    return struct.pack(">BBH", TUNNEL_DATA, next_header, 0) + inner


def tunnel_gre(inner, sequence=None, path=None, path_count=0, protocol=0x0800):
    flags, tail = 0, b""
    if path is not None:
        flags |= GRE_KEY
        tail += struct.pack(">I", path << 24 | path_count & 0xffffff)
    if sequence is not None:
        flags |= GRE_SEQUENCE
        tail += struct.pack(">I", sequence & 0xffffffff)
    return tunnel(struct.pack(">HH", flags, protocol) + tail + inner, NH_GRE)


def decode_tunnel(raw):
    if len(raw) < 4 or raw[0] != TUNNEL_DATA:
        raise Malformed("no tunnel data")
    if raw[1] != NH_GRE:
        return Tunnel(raw[1], raw[4:], False, None, None, None, None)
    if len(raw) < 8:
        raise Malformed("GRE is cut off")
    flags, protocol = struct.unpack(">HH", raw[4:8])
    if flags & ~(GRE_KEY | GRE_SEQUENCE):
        raise Malformed(f"GRE flags {flags:#x}")
    at, sequence, path, count = 8, None, None, None
    if len(raw) < at + (4 if flags & GRE_KEY else 0) + (4 if flags & GRE_SEQUENCE else 0):
        raise Malformed("GRE is cut off")
    if flags & GRE_KEY:
        value = struct.unpack(">I", raw[at:at + 4])[0]
        path, count, at = value >> 24, value & 0xffffff, at + 4
    if flags & GRE_SEQUENCE:
        sequence, at = struct.unpack(">I", raw[at:at + 4])[0], at + 4
    return Tunnel(NH_GRE, raw[at:], True, sequence, path, count, protocol)


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(source, destination, protocol, payload, ttl=64, tos=0, ident=1, fragment=0x4000):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), ident, fragment, ttl,
                       protocol, 0, aton(source), aton(destination))
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def udp(source, destination, sport, dport, payload, **options):
    head = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0)
    pseudo = aton(source) + aton(destination) + struct.pack(">BBH", 0, 17, 8 + len(payload))
    total = checksum(pseudo + head + payload) or 0xffff
    return ipv4(source, destination, 17, head[:6] + struct.pack(">H", total) + payload, **options)


def icmp(kind, code, rest, payload):
    head = struct.pack(">BBH", kind, code, 0) + rest
    return head[:2] + struct.pack(">H", checksum(head + payload)) + head[4:] + payload


def echo(source, destination, ident, sequence, payload=b"", reply=False, **options):
    body = icmp(0 if reply else 8, 0, struct.pack(">HH", ident, sequence), payload)
    return ipv4(source, destination, 1, body, **options)


Inner = collections.namedtuple("Inner", "source destination protocol ttl payload")


def decode_ipv4(raw):
    """An IPv4 packet; Malformed when its lengths or its header checksum do not hold."""
    if len(raw) < 20 or raw[0] >> 4 != 4:
        raise Malformed("no IPv4 packet")
    head = (raw[0] & 15) * 4
    total = struct.unpack(">H", raw[2:4])[0]
    if head < 20 or total < head or total > len(raw):
        raise Malformed("IPv4 lengths")
    if checksum(raw[:head]):
        raise Malformed("IPv4 header checksum")
    return Inner(ip4(raw[12:16]), ip4(raw[16:20]), raw[9], raw[8], raw[head:total])


def decode_echo(inner):
    """(type, identifier, sequence, data) of an ICMP echo request or reply, or None."""
    if inner.protocol != 1 or len(inner.payload) < 8 or inner.payload[0] not in (0, 8):
        return None
    if checksum(inner.payload):
        return None
    ident, sequence = struct.unpack(">HH", inner.payload[4:8])
    return inner.payload[0], ident, sequence, inner.payload[8:]


KEEPALIVE = [("kind", "u8"), ("path", "u8"), ("length", "u16"), ("boot_id", "u32"),
             ("promise_ms", "u16"), ("poll_id", "u16"), ("time", "u64"), ("body", "hex")]
KEEPALIVE_KINDS = {1: "fill", 2: "probe", 3: "answer", 4: "report"}


def decode_keepalive(data):
    """The data of one of our own keepalives, or None for anybody else's echo."""
    if len(data) < 24 or data[:4] != b"RKA1":
        return None
    return unpack_fields(KEEPALIVE, data[4:])


# ---------------------------------------------------------------- captures

def pcap(path):
    """(number, time, IPv4 packet) of every frame of a classic pcap file that holds IPv4."""
    with open(path, "rb") as file:
        head = file.read(24)
        if len(head) < 24:
            return
        order = {0xa1b2c3d4: 1000000, 0xa1b23c4d: 1000000000}
        for endian in "<>":
            unit = order.get(struct.unpack(endian + "I", head[:4])[0])
            if unit:
                break
        else:
            raise Malformed(f"{path}: no pcap file")
        link = struct.unpack(endian + "I", head[20:24])[0] & 0xffff
        number = 0
        while True:
            record = file.read(16)
            if len(record) < 16:
                return
            seconds, part, size, _ = struct.unpack(endian + "IIII", record)
            frame = file.read(size)
            number += 1
            packet = strip_link(link, frame)
            if packet and packet[0] >> 4 == 4:
                yield number, seconds + part / unit, packet


def strip_link(link, frame):
    if link in (12, 101, 228):
        return frame
    size, at = {1: (14, 12), 113: (16, 14), 276: (20, 0)}.get(link, (None, None))
    if size is None:
        raise Malformed(f"link type {link}")
    return frame[size:] if frame[at:at + 2] == b"\x08\0" else b""


def udp_of(packet):
    """(source, sport, destination, dport, payload) of an unfragmented UDP packet, or None."""
    head = (packet[0] & 15) * 4
    total = struct.unpack(">H", packet[2:4])[0]
    if packet[9] != 17 or struct.unpack(">H", packet[6:8])[0] & 0x3fff or total < head + 8:
        return None
    sport, dport, size = struct.unpack(">HHH", packet[head:head + 6])
    return (ip4(packet[12:16]), sport, ip4(packet[16:20]), dport,
            packet[head + 8:min(head + size, total)])


# ---------------------------------------------------------------- self-check

class Selftest:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, why=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"not ok {name}: {why}")

    def equal(self, name, got, wanted):
        self.check(name, got == wanted, f"{got!r}, wanted {wanted!r}")

    def run(self, files):
        for path in files:
            with open(path, encoding="utf-8") as file:
                data = json.load(file)
            for vector in data.get("vectors", []):
                if vector.get("layer") in ("udp", "icmp"):
                    self.public(data, vector)
                elif "hex" in vector and "length" in vector:
                    self.own(vector)
            self.derivations(data)
            self.tables(data.get("tables", {}))
        return self.failed

    def public(self, data, vector):
        name, raw = vector["id"], bytes.fromhex(vector["hex"])
        self.equal(f"{name} length", len(raw), vector["length"])
        if vector["layer"] != "udp":
            return
        if raw[0] == TUNNEL_DATA:
            inner = decode_ipv4(decode_tunnel(raw).inner)
            self.check(f"{name} is an echo", decode_echo(inner) is not None)
            self.equal(f"{name} rebuilt", tunnel(ipv4(
                inner.source, inner.destination, 1, inner.payload, inner.ttl, 0,
                struct.unpack(">H", raw[8:10])[0], struct.unpack(">H", raw[10:12])[0])), raw)
            return
        try:
            message = decode(raw)
        except Malformed as why:
            self.check(f"{name} malformed", vector["expected"]["action"] != "accept", str(why))
            return
        self.fields(name, vector, message)
        self.equal(f"{name} rebuilt", encode(message.type, [e.encode() for e in message.extensions],
                                             **message.fields), raw)
        for auth in vector.get("auth") or []:
            self.authenticator(data, vector, message, auth)
        unknown = must_discard(message)
        if vector["expected"]["action"] == "accept":
            self.check(f"{name} known", unknown is None, f"{unknown and unknown.type}")
        else:
            self.check(f"{name} not acceptable", unknown is not None)

    def fields(self, name, vector, message):
        got = {"type": message.type, **message.fields}
        if message.type in (RRQ, REVOCATION, REVOCATION_ACK):
            for i, letter in enumerate(FLAG_NAMES):
                got[f"flag_{letter}"] = bool(message.fields.get("flags", 0) & 0x80 >> i)
        for i, e in enumerate(message.extensions):
            label = e.name if e.row else (
                "UnknownNonSkippable" if e.type < 128 else "UnknownSkippable")
            got[f"ext{i}.{label}.type"] = e.type
            got[f"ext{i}.{label}.subtype"] = e.sub
            got[f"ext{i}.{label}.length"] = e.total - (4 if e.shape == "long" else 2)
            for field, value in e.fields.items():
                got[f"ext{i}.{label}.{field}"] = value
        for field in vector["fields"]:
            value = got.get(field["name"], "missing")
            if isinstance(value, int) and isinstance(field["value"], str):
                value = f"{value:0{2 * field['length']}x}"
            self.equal(f"{name} {field['name']}", value, field["value"])
        self.equal(f"{name} extensions",
                   [(e.offset, e.type, e.sub, e.shape, e.total) for e in message.extensions],
                   [(e["offset"], e["type"], e["subtype"], e["form"], e["total_length"])
                    for e in vector["extensions"]])

    def authenticator(self, data, vector, message, auth):
        extension = next(e for e in message.extensions if e.offset == auth["ext_offset"])
        if auth["algorithm"] == "HMAC-MD5":
            context, key = auth["key"].split(".")
            known = data["contexts"][context][key]
            sa = Association(known["spi"], known["key_hex"], "hmac-md5")
            self.check(f"{vector['id']} authenticator", sa.verify(message.raw, extension))
            self.equal(f"{vector['id']} signed again", sa.sign(message.raw[:auth["ext_offset"]]),
                       message.raw)
        else:
            covered = message.raw[:auth["covers_first_octets"]]
            digest = hmac.new(bytes.fromhex(auth["key_hex"]), covered, hashlib.sha1).digest()[:16]
            self.equal(f"{vector['id']} authenticator", extension.fields["authenticator"],
                       digest.hex())

    def own(self, vector):
        name, raw = vector["id"], bytes.fromhex(vector["hex"])
        self.equal(f"{name} length", len(raw), vector["length"])
        if raw[0] == TUNNEL_DATA:
            data = decode_tunnel(raw)
            self.equal(f"{name} numbers", (data.sequence, data.path, data.path_count),
                       (vector.get("tunnel_number"), vector.get("path"), vector.get("path_count")))
            again = (tunnel_gre(data.inner, data.sequence, data.path, data.path_count or 0)
                     if data.gre else tunnel(data.inner))
            self.equal(f"{name} rebuilt", again, raw)
            decode_ipv4(data.inner)
            return
        message = decode(raw)
        self.equal(f"{name} rebuilt", encode(message.type, [e.encode() for e in message.extensions],
                                             **message.fields), raw)
        if "caps" in vector:
            self.equal(f"{name} CAPS", message.vendor("caps"), vector["caps"])
        if "key_hex" in vector:
            sa = Association(vector["spi"], vector["key_hex"], vector["algorithm"])
            self.equal(f"{name} authenticator", sa.verify(raw, message.first("MobileHomeAuth")),
                       vector.get("expected") != "denied")

    def derivations(self, data):
        by_id = {v["id"]: bytes.fromhex(v["hex"]) for v in data.get("vectors", [])
                 if "hex" in v}
        for known in data.get("derivations", []):
            if "report_key_hex" in known:
                sa = Association(256, known["mn_ha_key_hex"])
                self.equal(known["id"], sa.report_key(by_id[known["request"]],
                                                      by_id[known["reply"]]).hex(),
                           known["report_key_hex"])
            if "krm" in known:
                kcr, nonce = bytes.fromhex(known["kcr_hex"]), bytes.fromhex(known["nonce_hex"])
                home = keygen_token(kcr, known["mr_hoa"], nonce, 0)
                careof = keygen_token(kcr, known["mr_coa_as_seen_by_cr"], nonce, 1)
                self.equal(f"{known['id']} home", home.hex(), known["home_keygen_token"])
                self.equal(f"{known['id']} care-of", careof.hex(), known["careof_keygen_token"])
                self.equal(f"{known['id']} KRm", hashlib.sha1(home + careof).hexdigest(),
                           known["krm"])
                self.equal(f"{known['id']} KRm, de-registration", hashlib.sha1(home).hexdigest(),
                           known["krm_deregistration"])

    def tables(self, tables):
        prefixes = tables.get("prefix_compression_rfc_example")
        if prefixes:
            self.equal("prefix compression", decode_prefix_structures(
                bytes.fromhex(prefixes["structures_hex"])), prefixes["decoded"])
        known = tables.get("realm_compression_rfc_example")
        if known:
            realms = Realms()
            for entry in known["in_order"]:
                octets = bytes.fromhex(entry["octets"])
                self.equal(f"realm {entry['realm']}", realms.decode(octets, 0),
                           (entry["realm"], len(octets)))
            self.equal("realm dictionary", list(realms.dictionary.values()),
                       known["dictionary_after"])


def main():
    parser = argparse.ArgumentParser(description="Mobile IPv4 messages: self-check, decoder")
    parser.add_argument("--selftest", action="store_true", help="check against vector files")
    parser.add_argument("what", nargs="*", help="vector files or folders; or messages in hex")
    args = parser.parse_args()
    if not args.selftest:
        for text in args.what:
            raw = bytes.fromhex(text)
            out = (decode_tunnel(raw)._asdict() if raw[:1] == bytes([TUNNEL_DATA])
                   else decode(raw).as_dict())
            print(json.dumps(out, default=lambda b: b.hex(), indent=1))
        return 0
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors")
    files = []
    for path in args.what or [here] * os.path.isdir(here):
        files += sorted(glob.glob(os.path.join(path, "*.json"))) if os.path.isdir(path) else [path]
    test = Selftest()
    test.run(files)
    if not test.passed:
        print(f"no vectors in {', '.join(args.what) or here}")
        return 77
    print(f"{'not ok' if test.failed else 'ok'} {test.passed} values agree, {test.failed} do not")
    return min(test.failed, 1)


if __name__ == "__main__":
    sys.exit(main())
