#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A client that knows the protocol and breaks its rules, against a real home agent.

Needs one router of the agent (--spi --key --home --nai --network, the victim) and, for the cases
of an insider, a second one (--other).  Each case prints "ok NAME" or "not ok NAME: why"; the exit
status is the number of failures, at most 99.  Nothing is judged by waiting: behind every attack
goes a fence, a signed request with an Identification of an hour ago, which the agent has to answer
with 133 and which changes nothing; what the attack provoked has come when the 133 has.

Tunnel data cannot be fenced like that.  Everything forged carries the text RQMARK, everything
honest RQGOOD; `hostile.py markers PCAP...` looks for them in captures of inner interfaces.
"""

import argparse
import ipaddress
import json
import random
import select
import socket
import struct
import subprocess
import sys
import time

import mip4
import mn
from mip4 import FLAG_D, FLAG_T

HOUR = 3600
GROUPS = {}


def group(name):
    """A function that yields (name of a case, why it failed or "")."""
    def register(function):
        GROUPS[name] = function
        return function
    return register


class Dead(Exception):
    """The agent no longer answers what it has to answer."""


class Target:
    def __init__(self, args):
        self.args, self.random = args, random.Random(args.seed)
        self.clock = mip4.Identifications()
        self.sa = mip4.Association(args.spi, args.key, args.algorithm)
        self.me = self.node(args.source)
        self.fence_node = self.node(args.source)
        self.attacker = self.open(args.attacker or args.source)
        self.sent = self.got = 0        # octets to and from senders who proved nothing
        self.worst = 0.0
        self.other = None
        if args.other:
            spi, key, home, name, network = args.other.split(",")
            self.other_sa = mip4.Association(int(spi), key, args.algorithm)
            self.other_network, self.other_home, self.other_nai = network, home, name
            self.other = mn.MobileNode(args.ha, self.other_sa, args.source, home=home, name=name)

    def node(self, source):
        return mn.MobileNode(self.args.ha, self.sa, source, home=self.args.home,
                             name=self.args.nai, clock=self.clock)

    @staticmethod
    def open(source, port=0):
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        out.bind((source, port))
        return out

    @property
    def agent(self):
        return self.args.ha, mip4.PORT

    # ---- the fence

    def fence(self):
        old = self.fence_node.request(ident=self.clock.at(-HOUR))
        for timeout in (0.5, 1, 2, 4):
            reply = self.fence_node.answer_to(old, timeout)
            if reply is not None:
                if reply.code != 133 or reply.defects:
                    raise Dead(f"fence: code {reply.code} {reply.defects}")
                return
        raise Dead("the agent no longer answers")

    def drain(self, sock):
        out = []
        while select.select([sock], [], [], 0)[0]:
            raw, source = sock.recvfrom(65535)
            if source == self.agent:
                out.append(raw)
        return out

    def shoot(self, datagrams, sock=None, stride=32):
        """Sends all, with a fence after each `stride` of them; what came back."""
        sock = sock or self.attacker
        self.drain(sock)
        for i, raw in enumerate(datagrams):
            sock.sendto(raw, self.agent)
            if i % stride == stride - 1:
                self.fence()
        self.fence()
        return self.drain(sock)

    @staticmethod
    def rest():
        """Silence must not be the limit of denials per second that earlier attacks used up."""
        time.sleep(1.1)

    # ---- verdicts: empty when good, else why not

    def refused(self, datagrams, codes=(131,), sock=None, proven=False):
        """Nothing is accepted; replies have one of `codes` and are no longer than the request."""
        datagrams = [datagrams] if isinstance(datagrams, bytes) else datagrams
        replies = self.shoot(datagrams, sock)
        if not proven:
            self.sent += sum(map(len, datagrams))
            self.got += sum(map(len, replies))
        longest = max(map(len, datagrams))
        for raw in replies:
            if raw[:1] == b"\x04":
                return "tunnel data in return"
            try:
                code = mip4.decode(raw).code
            except (mip4.Malformed, AttributeError) as why:
                return f"answer {raw[:40].hex()}: {why}"
            if code not in codes:
                return f"code {code}"
            if not proven:
                self.worst = max(self.worst, len(raw) / longest)
                if len(raw) > longest:
                    return f"reply of {len(raw)} octets to at most {longest}"
        return ""

    def silence(self, datagrams, sock=None):
        return self.refused(datagrams, (), sock)

    def fresh(self, **options):
        """The victim registers; nothing else holds after it."""
        options.setdefault("networks", self.args.network)
        options.setdefault("udp", "force")
        reply = self.me.register(**options)
        if not reply.accepted or reply.defects:
            raise Dead(f"the victim cannot register: {reply.code} {reply.defects}")
        return reply

    def unharmed(self):
        """The victim's tunnel is where it was."""
        self.me.inbox.clear()
        for _ in range(3):
            if self.me.keepalive() is not None:
                return ""
        return "no answer to the victim's keepalive"

    def state(self):
        if not self.args.state_command:
            return None
        text = subprocess.run(self.args.state_command, shell=True, check=True,
                              capture_output=True).stdout
        return strip_times(json.loads(text))

    def request(self, **options):
        options.setdefault("udp", "force")
        return self.me.request(**options)

    def rrq(self, extensions=(), lifetime=300, flags=FLAG_D | FLAG_T, home=None, careof=None,
            ident=None):
        """An unsigned request of the victim with exactly these extensions."""
        return mip4.encode(mip4.RRQ, extensions, flags=flags, lifetime=lifetime,
                           home_address=home or self.args.home, home_agent=self.args.ha,
                           care_of_address=careof or self.me.careof,
                           identification=ident or self.clock.next())


def strip_times(value):
    """Bindings without what changes by itself."""
    if isinstance(value, dict):
        return {k: strip_times(v) for k, v in value.items()
                if not k.startswith(("remaining", "last", "age", "packets", "bytes", "time"))}
    return [strip_times(v) for v in value] if isinstance(value, list) else value


def patch(raw, at, octets):
    return raw[:at] + octets + raw[at + len(octets):]


# ---------------------------------------------------------------- T1: malformed

@group("truncated")
def truncated(t):
    t.fresh()
    base = t.request(networks=t.args.network, caps=0xc0f)
    yield "T1 truncations at each length", t.refused(
        [base[:n] for n in range(len(base))], (131, 134))
    yield "T1 the same in full is accepted", accepted(t, base)
    yield "T1 victim unharmed by truncations", t.unharmed()


def accepted(t, raw, sock=None):
    replies = [r for r in t.shoot([raw], sock or t.me.socket) if r[:1] == b"\x03"]
    codes = [mip4.decode(r).code for r in replies]
    return "" if codes in ([0], [1]) else f"codes {codes}"


@group("bitflips")
def bitflips(t):
    """Every bit of a valid request, one at a time; then the request itself."""
    t.fresh()
    size = len(t.request(networks=t.args.network, caps=0xc0f)) * 8
    for first in range(0, size, 160):
        base = t.request(networks=t.args.network, caps=0xc0f)
        flips = []
        for bit in range(first, min(first + 160, size)):
            octet = base[bit // 8] ^ 0x80 >> bit % 8
            flips.append(patch(base, bit // 8, bytes([octet])))
        last = first + len(flips) - 1
        yield f"T1 single-bit flips {first}-{last}", t.refused(flips, (131, 134), t.me.socket)
        yield f"T1 base of flips {first}-{last} is accepted", accepted(t, base)
    yield "T1 victim unharmed by flips", t.unharmed()


@group("lengths")
def lengths(t):
    t.fresh()
    base = t.request(networks=t.args.network, caps=0xc0f, bid=1, order=(1,))
    message = mip4.decode(base)
    for e in message.extensions:
        at = e.offset + (2 if e.shape == "long" else 1)
        width = 2 if e.shape == "long" else 1
        size = struct.unpack(">H" if width == 2 else ">B", base[at:at + width])[0]
        lies = {0, 1, size - 1, size + 1, size + 2, 0x7f, 0xff} - {size}
        if width == 2:
            lies |= {0x7fff, 0xffff}
        forged = [patch(base, at, lie.to_bytes(width, "big")) for lie in sorted(lies)]
        yield f"T1 lying length of {e.name}", t.refused(forged, (131, 134))
        if e.name == "MobileHomeAuth":
            continue
        unsigned = base[:message.first("MobileHomeAuth").offset]
        for lie in sorted(lies):
            ident = struct.pack(">Q", t.clock.next())
            raw = t.sa.sign(patch(patch(unsigned, at, lie.to_bytes(width, "big")), 16, ident))
            t.shoot([raw], t.me.socket)     # signed: any answer, but it has to live
        yield f"T1 alive after signed lies of {e.name}", ""
    t.fresh()
    yield "T1 victim unharmed by lying lengths", t.unharmed()


@group("odd")
def odd(t):
    """What is allowed or refused, never fatal; at most the victim's own networks are granted."""
    name = mip4.nai(t.args.nai or "nobody")
    udp = mip4.udp_request(True)
    many = [mip4.network_request(f"172.16.{i}.0/24") for i in range(40)]
    oddities = {
        "40 networks": [name, udp] + many,
        "40 times the own network": [name, udp] + [mip4.network_request(p) for p in
                                                   t.args.network[:1]] * 40,
        "two NAI": [name, name, udp],
        "two different NAI": [name, mip4.nai("site-x"), udp],
        "two UDP Tunnel Requests": [name, udp, mip4.udp_request(False)],
        "two Multipath": [name, udp, mip4.multipath(1), mip4.multipath(2)],
        "BID 0": [name, udp, mip4.multipath(0)],
        "BID 255": [name, udp, mip4.multipath(255)],
        "two CAPS": [name, udp, mip4.caps(1, 1, 1), mip4.caps(1, 2, 2)],
        "CAPS of 8 octets of value": [name, udp, mip4.vendor(1, b"\1\1\0\0\0\0\0\1")],
        "CAPS without a value": [name, udp, mip4.vendor(1, b"")],
        "CAPS with a longer value": [name, udp, mip4.vendor(1, b"\1\1" + bytes(8) + b"longer")],
        "vendor extension of 2 octets": [name, udp, mip4.ext_raw(134, b"\0\0")],
        "empty vendor extension": [name, udp, mip4.ext_raw(134, b"")],
        "flow binding of 8 BIDs, none known": [name, udp, mip4.multipath(1),
                                               mip4.flow_all(*range(10, 18))],
        "flow binding with a count of 255": [name, udp, mip4.ext_raw(154, b"\1\xff\1", 2)],
        "empty flow binding": [name, udp, mip4.ext_raw(154, b"", 2)],
        "WATCH of zeros": [name, udp, mip4.caps(1, 15, 1), mip4.vendor(8, bytes(16))],
        "WATCH of ones": [name, udp, mip4.caps(1, 15, 1), mip4.vendor(8, b"\xff" * 16)],
        "short WATCH": [name, udp, mip4.caps(1, 15, 1), mip4.vendor(8, b"\1")],
        "1000 octets of padding": [name, udp, bytes(1000)],
        "NAI of 255 octets": [mip4.nai("a" * 255), udp],
        "NAI of zeros": [mip4.ext_raw(131, bytes(20)), udp],
        "300 extensions": [name, udp] + [mip4.ext_raw(200, b"")] * 300,
    }
    for title, extensions in oddities.items():
        t.fresh()
        raw = t.sa.sign(t.rrq(extensions))
        why = ""
        for answer in t.shoot([raw], t.me.socket):
            if answer[:1] != b"\x03":
                continue
            reply = mip4.decode(answer)
            for e in reply.all("MobileNetworkAck"):
                net = f"{e.fields['prefix']}/{e.fields['prefix_length']}"
                if e.fields["code"] == 0 and net not in t.args.network:
                    why = f"{net} granted"
        yield f"T1 alive after {title}", why
    t.fresh()
    yield "T1 victim registers after oddities", t.unharmed()


@group("unknown")
def unknown(t):
    t.fresh()
    for number in (1, 31, 35, 60, 100, 126):
        strange = mip4.ext_raw(number, b"\1\2\3\4")
        signed = t.sa.sign(t.rrq([mip4.nai(t.args.nai), strange]))
        yield f"T26 unknown extension {number} before MN-HA", t.silence(signed, t.me.socket)
        signed = t.sa.sign(t.rrq([mip4.nai(t.args.nai)])) + strange
        yield f"T26 unknown extension {number} behind MN-HA", t.silence(signed, t.me.socket)
    for number in (128, 200, 254):
        strange = mip4.ext_raw(number, b"\1\2\3\4")
        signed = t.sa.sign(t.rrq([mip4.nai(t.args.nai), mip4.udp_request(True), strange]))
        yield f"skippable extension {number} is skipped", accepted(t, signed)
    for number in (0, 2, 5, 16, 18, 20, 22, 24, 25, 26, 27, 100, 255):
        for raw in (bytes([number]), bytes([number]) + bytes(23), bytes([number]) + t.request()[1:]):
            why = t.silence(raw)
            if why:
                break
        yield f"message type {number} gets no answer", why
    t.fresh()
    yield "T1 victim unharmed by strange types", t.unharmed()


@group("mutations")
def mutations(t):
    """Many random changes of valid and half-valid messages; only life and state count."""
    t.fresh()
    base = t.request(networks=t.args.network, caps=0xc0f, bid=1, order=(1, 2))
    end = mip4.ext_raw(100, b"")    # not to be skipped: what is signed is never accepted by chance
    leave = t.sa.sign(t.rrq([mip4.nai(t.args.nai)], lifetime=0)) + end
    inner = mip4.echo(t.args.home, t.args.ha, 1, 1, bytes(40))
    ack = mip4.encode(mip4.REVOCATION_ACK, reserved=0, flags=0, home_address=t.args.home,
                      identifier=1)
    seeds = [base, base, base + end, leave, base[:24], t.rrq([mip4.nai(t.args.nai)]),
             mip4.tunnel(inner), mip4.tunnel_gre(inner, 1, 1, 1), t.sa.sign(ack),
             bytes(t.random.randrange(256) for _ in range(300))]
    signed = mip4.up_to_auth(base), mip4.up_to_auth(leave)
    bad, sent, got, before = [], 0, 0, t.state()
    for start in range(0, t.args.mutations, 512):
        batch = [mutate(t.random, t.random.choice(seeds)) for _ in
                 range(min(512, t.args.mutations - start))]
        batch = [raw for raw in batch if not raw.startswith(signed)]
        replies = t.shoot(batch, stride=512)
        bad += [raw for raw in replies if raw[:1] == b"\x03" and raw[1] < 64]
        sent, got = sent + sum(map(len, batch)), got + sum(map(len, replies))
        if start % (64 * 512) == 0:
            t.fresh()               # the lifetime of the victim must not end meanwhile
    print(f"# {t.args.mutations} mutations: {got} octets in answer to {sent}")
    yield f"T1 {t.args.mutations} mutations (seed {t.args.seed})", (
        f"{len(bad)} accepted" if bad else "")
    yield f"T10 {got} octets in answer to {sent}, ratio {got / sent:.4f}", (
        "" if got <= sent else "more than was sent")
    yield "T1 victim unharmed by mutations", t.unharmed()
    yield "T1 state unchanged by mutations", "" if t.state() == before else (
        f"{before} became {t.state()}")


def mutate(rng, raw):
    out = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        way = rng.randrange(5)
        at = rng.randrange(len(out) + 1)
        if way == 0 and at < len(out):
            out[at] ^= 1 << rng.randrange(8)
        elif way == 1 and at < len(out):
            out[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
        elif way == 2:
            out[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif way == 3:
            del out[at:at + rng.randrange(1, 9)]
        elif way == 4:
            out[at:at] = out[at:at + rng.randrange(1, 40)]
    return bytes(out[:4000])


# ---------------------------------------------------------------- T2: forgeries

def forgeries(t):
    """(name, octets): requests that nobody with the key has made."""
    wrong = mip4.Association(t.sa.spi, bytes(len(t.sa.key)), t.sa.algorithm)
    network = [mip4.network_request(p) for p in t.args.network[:1]]
    size, spi = t.sa.size, struct.pack(">I", t.sa.spi)

    def body(**options):
        return t.rrq([mip4.nai(t.args.nai), mip4.udp_request(True)] + network, **options)

    def auth(digest):
        return struct.pack(">BB", 32, 4 + len(digest)) + spi + digest

    def edit(at, octets):
        return patch(t.sa.sign(body()), at, octets)

    yield "without MN-HA", body()
    yield "with another key", wrong.sign(body())
    yield "with the empty key", mip4.Association(t.sa.spi, b"", t.sa.algorithm).sign(body())
    yield "authenticator of zeros", body() + auth(bytes(size))
    yield "authenticator of ones", body() + auth(b"\xff" * size)
    yield "without authenticator", body() + auth(b"")
    yield "lifetime changed after signing", edit(2, b"\x00\x10")
    yield "lifetime made 0 after signing", edit(2, b"\x00\x00")
    yield "flags changed after signing", edit(1, b"\xa2")
    yield "care-of address changed after signing", edit(12, b"\x0a\x63\x63\x63")
    yield "home address changed after signing", edit(4, b"\x0a\xc8\x00\x63")
    yield "home agent changed after signing", edit(8, b"\x0a\xc8\x00\x63")
    yield "Identification changed after signing", edit(16, struct.pack(">Q", t.clock.next()))
    signed = t.sa.sign(body())
    head = len(signed) - size - 6
    yield "extension inserted before MN-HA", signed[:head] + mip4.ext_raw(200, b"x") + signed[head:]
    yield "extension removed before MN-HA", signed[:24] + signed[24 + 2 + signed[25]:]
    other = body()
    yield "digest of another request", other + signed[head:]
    yield "MN-HA behind a wrong MN-HA", t.sa.sign(wrong.sign(body()))
    yield "signed as Foreign-Home", t.sa.sign(body(), 34)
    yield "signed as Mobile-Foreign", t.sa.sign(body(), 33)
    plain = body()
    yield "digest does not cover the SPI", plain + auth(t.sa.digest(plain))
    covered = plain + struct.pack(">BB", 32, 4 + size) + spi + bytes(size)
    yield "digest covers its own zeros", plain + auth(t.sa.digest(covered))
    keyed = mip4.hashlib.md5(t.sa.key + plain + t.sa.key).digest()
    yield "keyed MD5, prefix and suffix", plain + auth(keyed)


@group("forged")
def forged(t):
    t.fresh()
    before = t.state()
    for name, raw in forgeries(t):
        codes = () if name in ("without MN-HA", "signed as Foreign-Home",
                               "signed as Mobile-Foreign") else (131, 132, 134)
        yield f"T2 {name}", t.refused(raw, codes)
    wrong = mip4.Association(t.sa.spi, b"\1" * len(t.sa.key), t.sa.algorithm)
    leave = wrong.sign(t.rrq([mip4.nai(t.args.nai)], lifetime=0, careof=t.args.home))
    yield "T2 removal of all bindings from the victim's own port, wrong key", t.refused(
        leave, (131,), t.me.socket)
    yield "T2 victim unharmed", t.unharmed()
    yield "T2 state unchanged", "" if t.state() == before else f"{before} became {t.state()}"
    t.shoot([wrong.sign(t.request())], t.me.socket)     # refused or taken, both may be defended
    t.fresh()
    yield "T2 wrong MN-HA behind a right one", t.unharmed()
    behind = t.request() + mip4.network_request(t.args.network[0])
    replies = [mip4.decode(r) for r in t.shoot([behind], t.me.socket) if r[:1] == b"\x03"]
    granted = [e for r in replies for e in r.all("MobileNetworkAck") if e.fields["code"] == 0]
    yield "T2 network behind MN-HA is not granted", "granted" if granted else ""
    late = t.me.request(udp="no", careof="192.0.2.77") + mip4.udp_request(True)
    yield "T2 UDP Tunnel Request behind MN-HA", t.refused(late, (134, 129), t.me.socket, True)


# ---------------------------------------------------------------- T3: replay

@group("replay")
def replay(t):
    t.fresh()
    first = t.request(networks=t.args.network)
    yield "T3 the original is accepted", accepted(t, first)
    replies = t.shoot([first], t.me.socket)
    codes = [mip4.decode(r).code for r in replies if r[:1] == b"\x03"]
    yield "T3 at once, same sender: the stored reply, 133 or nothing", (
        "" if codes in ([], [0], [1], [133]) else f"{codes}")
    replies = t.shoot([first] * 20, t.me.socket)
    yield "T3 20 duplicates get at most 2 stored replies", (
        "" if sum(r[1] < 64 for r in replies if r[:1] == b"\x03") <= 2 else f"{len(replies)}")
    yield "T3 at once, from elsewhere: nothing", t.silence(first)
    yield "T3 victim unharmed by replay", t.unharmed()
    t.fresh()
    yield "T3 later, from elsewhere", t.refused(first, (133,), proven=True)
    yield "T3 later, same sender", t.refused(first, (133,), t.me.socket, True)
    away = t.request(lifetime=0)
    yield "T3 de-registration is accepted", accepted(t, away)
    t.fresh()
    yield "T3 replayed de-registration", t.refused(away, (133,), t.me.socket, True)
    yield "T3 victim unharmed by it", t.unharmed()
    reply = t.me.last_reply
    yield "T3 own reply reflected", t.silence(reply.raw)
    yield "T3 own reply as a request", t.silence(b"\x01" + reply.raw[1:])
    for offset in (-60, -10, 10, 60, HOUR, 10 * 365 * 86400, -40 * 365 * 86400):
        ident = t.clock.at(offset)
        yield f"T3 stamped {offset:+} s", clock_reply(t, ident)
    for ident in (0, 1, 0xffffffff, (1 << 64) - 1, 1 << 63):
        yield f"T3 stamped {ident:#x}", clock_reply(t, ident or 1 << 32)
    ahead = t.clock.at(5)
    yield "T3 5 s ahead is in the window", accepted(t, t.request(ident=ahead))
    yield "T3 then now is too old", clock_reply(t, t.clock.at(0))
    t.clock.last = ahead
    yield "T3 one tick more is enough", accepted(t, t.request(ident=ahead + 1))
    t.clock.last = ahead + 1
    t.fresh()
    yield "T3 victim registers after all", t.unharmed()


def clock_reply(t, ident):
    """133 with the agent's clock above and the low half copied."""
    reply = t.me.answer_to(t.request(ident=ident), 2)
    if reply is None:
        return "no reply"
    if reply.code != 133 or reply.defects:
        return f"code {reply.code} {reply.defects}"
    off = (reply.message.identification >> 32) - mip4.NTP_EPOCH - time.time()
    return "" if abs(off) < 2 else f"the clock in the reply is off by {off:.1f} s"


# ---------------------------------------------------------------- T4, T5: insiders

@group("insider")
def insider(t):
    if not t.other:
        return
    t.fresh()
    sa, name = t.other_sa, mip4.nai(t.other_nai)
    udp = mip4.udp_request(True)
    victim = mip4.nai(t.args.nai)
    crossed = mip4.Association(t.sa.spi, sa.key, sa.algorithm)
    cases = [
        ("home address of another", (), sa.sign(t.rrq([udp]))),
        ("home address of another, own NAI", (129, 131, 134), sa.sign(t.rrq([name, udp]))),
        ("home address and NAI of another", (), sa.sign(t.rrq([victim, udp]))),
        ("NAI of another, home address 0", (), sa.sign(t.rrq([victim, udp], home="0.0.0.0"))),
        ("NAI of another, own home address", (129, 131, 134),
         sa.sign(t.rrq([victim, udp], home=t.other_home))),
        ("SPI of another, own key", (131,), crossed.sign(t.rrq([victim, udp]))),
        ("SPI of another, own key and address", (131,),
         crossed.sign(t.rrq([name, udp], home=t.other_home))),
        ("home address out of the pool", (129, 131),
         sa.sign(t.rrq([name, udp], home=str(ipaddress.ip_address(t.other_home) + 100)))),
        ("home address is the agent", (129, 131), sa.sign(t.rrq([name, udp], home=t.args.ha))),
        ("removes all of another", (), sa.sign(t.rrq([victim], lifetime=0, careof=t.args.home))),
        ("removes one of another", (129, 131), sa.sign(t.rrq([name], lifetime=0))),
    ]
    t.rest()
    for title, codes, raw in cases:
        yield f"T4 insider: {title}", t.refused(raw, codes, t.other.socket, True)
    t.rest()
    for spi in (0, 1, 255, 256, 0x7fffffff, 0xffffffff):
        raw = mip4.Association(spi, t.sa.key, t.sa.algorithm).sign(t.rrq([victim, udp]))
        yield f"T4 unknown SPI {spi}", t.silence(raw)
    yield "T4 victim unharmed", t.unharmed()
    reply = t.other.register(udp="force", networks=[t.other_network])
    yield "T4 the insider is served as himself", "" if reply.accepted else f"code {reply.code}"


@group("theft")
def theft(t):
    if not t.other:
        return
    t.fresh()
    victim = ipaddress.ip_network(t.args.network[0])
    own = ipaddress.ip_network(t.other_network)
    home = ipaddress.ip_network(t.args.home_network)
    prefixes = {
        "network of another": str(victim),
        "half of it": str(next(victim.subnets())),
        "one host of it": f"{victim[1]}/32",
        "all around it": str(victim.supernet(8)),
        "all around the own": str(own.supernet(1)),
        "everything": "0.0.0.0/0",
        "half of everything": "128.0.0.0/1",
        "loopback": "127.0.0.0/8",
        "multicast": "224.0.0.0/4",
        "broadcast": "255.255.255.255/32",
        "the home network": str(home),
        "a part of the home network": str(next(home.subnets())),
        "home address of another": f"{t.args.home}/32",
        "the agent's own address": f"{t.args.ha}/32",
        "the agent's own network": str(ipaddress.ip_network(f"{t.args.ha}/24", strict=False)),
        "link-local": "169.254.0.0/16",
        "somebody's": "172.16.5.0/24",
    }
    for title, prefix in prefixes.items():
        yield f"T5 asks for {title}", stolen(t, mip4.network_request(prefix))
    for length in (33, 64, 128, 255):
        raw = mip4.ext("MobileNetworkRequest", prefix_length=length, prefix=str(own[0]))
        yield f"T5 prefix length {length}", stolen(t, raw)
    malformed = {
        "Length 0": b"\x94\x00",
        "Length 1, subtype only": b"\x94\x01\x00",
        "Length 2": b"\x94\x02\x00\x18",
        "Length 5": b"\x94\x05\x00\x18" + victim.network_address.packed[:3],
        "Length 7": b"\x94\x07\x00\x18" + victim.network_address.packed + b"\0",
        "Length 10": b"\x94\x0a\x00\x18" + victim.network_address.packed + bytes(4),
        "Length past the end": b"\x94\xff\x00\x18" + victim.network_address.packed,
        "an acknowledgement": mip4.network_ack(str(victim)),
        "an implicit acknowledgement": mip4.network_ack(str(victim), implicit=True),
        "subtype 9": b"\x94\x06\x09\x18" + victim.network_address.packed,
    }
    for title, octets in malformed.items():
        yield f"T5 malformed: {title}", stolen(t, octets)
    reply = t.other.register(udp="force", networks=[t.other_network, str(victim)])
    codes = [code for _, code in reply.acks]
    yield "T5 own and stolen: only the own", (
        "" if reply.accepted and len(codes) == 2 and codes[0] == 0 and codes[1] != 0
        and not reply.defects else f"code {reply.code}, {reply.acks} {reply.defects}")
    host = mip4.ext("MobileNetworkRequest", prefix_length=own.prefixlen, prefix=str(own[9]))
    raw = t.other.request(udp="force", extra=[host])
    yield "T5 host bits of the own are masked", accepted(t, raw, t.other.socket)
    yield "T5 victim unharmed", t.unharmed()


def stolen(t, extension):
    """Asked by the insider: nothing but the own network may be acknowledged with 0."""
    raw = t.other.request(udp="force", extra=[extension])
    own = ipaddress.ip_network(t.other_network)
    for answer in t.shoot([raw], t.other.socket):
        if answer[:1] != b"\x03":
            continue
        reply = mip4.decode(answer)
        if reply.code not in (0, 1, 134, 147):
            return f"code {reply.code}"
        for e in reply.all("MobileNetworkAck") + reply.all("MobileNetworkImplicitAck"):
            got = e.fields["prefix"], e.fields["prefix_length"]
            if e.fields["code"] == 0 and got != (str(own.network_address), own.prefixlen):
                return f"{got} acknowledged"
    return ""


# ---------------------------------------------------------------- T6-T8: tunnel data

def mark(name):
    return b"RQMARK " + name.encode()


def inner_mark(t, name, source=None, destination=None, **options):
    return mip4.udp(source or t.args.home, destination or t.args.sink, 5000, 9, mark(name),
                    **options)


def both(packet):
    return [mip4.tunnel(packet), mip4.tunnel_gre(packet), mip4.tunnel_gre(packet, 1),
            mip4.tunnel_gre(packet, 1, 1, 1)]


@group("injection")
def injection(t):
    t.fresh()
    name = "T6 unbound port"
    yield name, t.silence(both(inner_mark(t, name)))
    for source in filter(None, [t.args.attacker2]):
        with t.open(source) as sock:
            name = "T6 unbound address"
            yield name, t.silence(both(inner_mark(t, name)), sock)
    with t.open(t.args.source) as sock:
        name = "T6 echo from an unbound port"
        probe = mip4.echo(t.args.home, t.args.ha, 7, 7, mark(name))
        yield name, t.silence(both(probe), sock)
        name = "T6 echo to the inside from an unbound port"
        probe = mip4.echo(t.args.home, t.args.sink, 7, 7, mark(name))
        yield name, t.silence(both(probe), sock)
    if t.me.deregister(udp="force").code != 0:
        raise Dead("the victim cannot leave")
    name = "T6 after de-registration"
    yield name, t.silence(both(inner_mark(t, name)), t.me.socket)
    t.fresh(lifetime=2)
    time.sleep(4)                   # expiry is the thing tested: the clock has to pass
    name = "T6 after expiry"
    yield name, t.silence(both(inner_mark(t, name)), t.me.socket)
    t.fresh()
    yield "T6 victim unharmed", t.unharmed()


def spoofs(t):
    """(name, inner packet) with a right outer source: T7."""
    home_network = ipaddress.ip_network(t.args.home_network)
    sources = {
        "of another home address": t.other_home if t.other else str(home_network[77]),
        "of another network": str(ipaddress.ip_network(
            t.other_network if t.other else "10.99.0.0/24")[5]),
        "of a neighbour of the own network": str(
            ipaddress.ip_network(t.args.network[0]).broadcast_address + 6),
        "of the agent": t.args.ha,
        "of the own care-of address": t.me.careof,
        "of the sink itself": t.args.sink,
        "of an unused home address": str(home_network[99]),
        "of the home network's broadcast": str(home_network.broadcast_address),
        "of loopback": "127.0.0.1",
        "of 0.0.0.0": "0.0.0.0",
        "of multicast": "224.0.0.5",
        "of broadcast": "255.255.255.255",
    }
    for name, source in sources.items():
        yield f"inner source {name}", inner_mark(t, f"T7 inner source {name}", source)
    destinations = {"loopback": "127.0.0.1", "broadcast": "255.255.255.255"}
    for name, target in destinations.items():
        yield f"inner destination {name}", inner_mark(t, f"T7 inner destination {name}", None, target)
    good = inner_mark(t, "T7 broken inner packet")
    yield "inner packet cut", good[:-3]
    yield "inner packet of 19 octets", good[:19]
    yield "no inner packet", b""
    yield "inner version 5", b"\x55" + good[1:]
    yield "inner header of 16 octets", b"\x44" + good[1:]
    yield "inner total length below the header", good[:2] + b"\0\x10" + good[4:]
    yield "inner total length past the end", good[:2] + b"\x7f\xff" + good[4:]
    yield "inner TTL 0", inner_mark(t, "T7 inner TTL 0", ttl=0)
    yield "inner TTL 1", inner_mark(t, "T7 inner TTL 1", ttl=1)
    request = t.request(lifetime=0)
    yield "request to the agent inside the tunnel", mip4.udp(
        t.args.home, t.args.ha, 434, 434, request)
    yield "tunnel in the tunnel", mip4.udp(
        t.args.home, t.args.ha, 434, 434, mip4.tunnel(inner_mark(t, "T7 tunnel in the tunnel")))


@group("spoofing")
def spoofing(t):
    t.fresh()
    before = t.state()
    for name, packet in spoofs(t):
        t.me.inbox.clear()
        t.drain(t.me.socket)
        for raw in both(packet):
            t.me.send(raw)
        answers = t.unharmed()
        replies = [r for r in t.me.stray if r[0][:1] == b"\x03"]
        t.me.stray.clear()
        yield f"T7 {name}", answers or (f"answered {replies[0][0][:30].hex()}" if replies else "")
    good = inner_mark(t, "T7 odd encapsulation")
    odd_headers = {
        "next header 55": mip4.tunnel(good, 55), "next header 0": mip4.tunnel(good, 0),
        "next header 41 with IPv4 in it": mip4.tunnel(good, 41),
        "next header 50": mip4.tunnel(good, 50),
        "GRE version 1": b"\x04\x2f\0\0\0\x01\x08\0" + good,
        "GRE checksum": b"\x04\x2f\0\0\x80\0\x08\0" + bytes(4) + good,
        "GRE routing": b"\x04\x2f\0\0\x40\0\x08\0" + bytes(4) + good,
        "GRE reserved bits": b"\x04\x2f\0\0\x0f\xf8\x08\0" + good,
        "GRE of ARP": b"\x04\x2f\0\0\0\0\x08\x06" + good,
        "GRE of IPv6 with IPv4 in it": b"\x04\x2f\0\0\0\0\x86\xdd" + good,
        "GRE cut in the flags": b"\x04\x2f\0\0\x30",
        "GRE cut in the sequence": b"\x04\x2f\0\0\x30\0\x08\0\0\0\0\1\0\0",
        "header alone": b"\x04\x04\0\0", "header cut": b"\x04\x04",
        "IPv6 of nobody": mip4.tunnel(b"\x60" + bytes(3) + struct.pack(">HBB", len(mark("T7")), 17, 9)
                                      + bytes(15) + b"\1" + bytes(15) + b"\2" + mark("T7 IPv6"), 41),
    }
    for name, raw in odd_headers.items():
        t.me.send(raw)
        yield f"T7 {name}", t.unharmed()
    yield "T7 state unchanged", "" if t.state() == before else "changed"
    for source in [t.args.home] + [str(ipaddress.ip_network(p)[5]) for p in t.args.network]:
        t.me.send_inner(mip4.udp(source, t.args.sink, 5000, 9, b"RQGOOD from " + source.encode()))
    yield "T7 honest packets sent for the captures", ""


@group("keepalive")
def keepalive(t):
    """T8: an echo from elsewhere moves nothing and gets nothing."""
    t.fresh()
    name = "T8 keepalive of the victim from elsewhere"
    probes = both(mip4.echo(t.args.home, t.args.ha, 8, 8, mark(name)))
    body = b"RKA1" + struct.pack(">BBHIHHQ", 2, 1, 0, 0x52511111, 1000, 0, 1)
    probes += both(mip4.echo(t.args.home, t.args.ha, 8, 9, body))
    yield name, t.silence(probes * 5)
    yield "T8 tunnel still ends at the victim", t.unharmed()
    if t.args.sink_answers:
        good = t.me.echo(t.args.sink, payload=b"RQGOOD echo", timeout=2)
        yield "T8 traffic still goes to the victim", "" if good is not None else "no echo"
        yield "T8 and nothing to the other", "something" if t.drain(t.attacker) else ""
    strangers = [mip4.tunnel(mip4.echo("10.200.0.250", t.args.ha, 1, i, mark("T8 stranger")))
                 for i in range(20)]
    yield "T8 no answer to strangers", t.silence(strangers)


# ---------------------------------------------------------------- T10, T25, T27

@group("digests")
def digests(t):
    t.fresh()
    size, spi = t.sa.size, struct.pack(">I", t.sa.spi)
    for length in [n for n in range(0, size + 33) if n != size]:
        plain = t.rrq([mip4.nai(t.args.nai), mip4.udp_request(True)])
        covered = plain + struct.pack(">BB", 32, 4 + length) + spi
        digest = (t.sa.digest(covered) + bytes(64))[:length]
        yield f"T27 digest of {length} octets", t.refused(covered + digest, (131, 134), t.me.socket)
    for algorithm in mip4.DIGESTS:
        if algorithm == t.sa.algorithm:
            continue
        weak = mip4.Association(t.sa.spi, t.sa.key, algorithm)
        raw = weak.sign(t.rrq([mip4.nai(t.args.nai), mip4.udp_request(True)]))
        yield f"T27 {algorithm} instead", t.refused(raw, (131, 134), t.me.socket)
    yield "T27 victim unharmed", t.unharmed()


@group("amplification")
def amplification(t):
    t.fresh()
    spi = struct.pack(">I", t.sa.spi)
    small = [t.rrq([]) + b"\x20\x04" + spi, t.rrq([]) + b"\x20\x05" + spi + b"\0",
             t.rrq([], home="0.0.0.0") + b"\x20\x04" + spi,
             t.rrq([mip4.nai(t.args.nai)], home="0.0.0.0") + b"\x20\x04" + spi, t.rrq([])]
    for i, raw in enumerate(small):
        yield f"T10 small request {i + 1}, no digest", t.refused(raw)
    wrong = mip4.Association(t.sa.spi, b"\1" * 32, t.sa.algorithm)
    forged = [wrong.sign(t.rrq([])) for _ in range(100)]
    replies = t.shoot(forged)
    t.sent += sum(map(len, forged))
    t.got += sum(map(len, replies))
    t.worst = max([t.worst] + [len(raw) / len(forged[0]) for raw in replies])
    yield "T10 100 wrong digests at once: at most 20 replies", (
        "" if len(replies) <= 20 else f"{len(replies)} replies")
    print(f"# worst ratio of answer to cause {t.worst:.2f}, in sum {t.got}/{t.sent} octets")
    yield (f"T10 worst ratio to who proved nothing {t.worst:.2f}, "
           f"in sum {t.got}/{t.sent} octets"), "" if t.worst <= 1 and t.got <= t.sent else "above 1"


@group("flood")
def flood(t):
    t.fresh()
    count, replies = t.args.flood, 0
    key = bytes(32)
    start = time.monotonic()
    for i in range(count):
        home = str(ipaddress.ip_address(0x0ac80000 + t.random.randrange(1 << 16)))
        raw = t.rrq([mip4.nai(f"unknown{i}@example.net")], home=home)
        raw = mip4.Association(100000 + i, key, t.sa.algorithm).sign(raw)
        t.attacker.sendto(raw, t.agent)
        if i % 64 == 63:
            replies += len(t.drain(t.attacker))
    took = time.monotonic() - start
    start = time.monotonic()
    t.fresh(tries=5)
    yield (f"T25 {count} unknown nodes in {took:.1f} s; then the known one in "
           f"{(time.monotonic() - start) * 1000:.0f} ms"), ""
    t.fence()
    replies += len(t.drain(t.attacker))
    yield "T25 no answer to unknown nodes", f"{replies} replies" if replies else ""
    yield "T25 victim unharmed", t.unharmed()


# ---------------------------------------------------------------- captures

def is_last_hop(packet):
    """TTL 1, or the kernel's word that it went no further."""
    header = (packet[0] & 15) * 4
    return packet[8] == 1 or packet[9] == 1 and packet[header] == 11


def markers(paths):
    """No forged packet on an inner interface, at least one honest one."""
    failures, good = 0, {}
    for path in paths:
        for number, _, packet in mip4.pcap(path):
            datagram = mip4.udp_of(packet)
            if datagram and mip4.PORT in (datagram[1], datagram[3]):
                continue            # the outer packet, or a registration
            at = packet.find(b"RQMARK ")
            if packet[at:].startswith(b"RQMARK T7 inner TTL 1") and is_last_hop(packet):
                continue            # decapsulation takes no TTL (RFC 2003 3.1), forwarding does
            if at >= 0:
                failures += 1
                print(f"not ok {path} frame {number}: {packet[at:at + 60]!r}")
            at = packet.find(b"RQGOOD ")
            if at >= 0:
                good[packet[at:at + 40]] = packet[8]
    for text, ttl in sorted(good.items()):
        print(f"# {text.decode('latin-1')} seen with TTL {ttl}")
    print(f"ok {len(good)} honest packets seen inside" if good else
          "not ok no honest packet seen inside: the captures prove nothing")
    return min(99, failures + (not good))


def main():
    if sys.argv[1:2] == ["markers"]:
        return markers(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    mn.add_arguments(parser)
    parser.add_argument("--other", metavar="SPI,KEY,HOME,NAI,NETWORK", help="second router")
    parser.add_argument("--attacker", metavar="ADDR", help="source of unbound attacks")
    parser.add_argument("--attacker2", metavar="ADDR", help="another one")
    parser.add_argument("--home-network", default="10.200.0.0/24")
    parser.add_argument("--sink", default="192.0.2.80", metavar="ADDR", help="host on the inside")
    parser.add_argument("--sink-answers", action="store_true", help="and it answers pings")
    parser.add_argument("--state-command", metavar="CMD", help="prints the bindings as JSON")
    parser.add_argument("--mutations", type=int, default=3000, metavar="N")
    parser.add_argument("--flood", type=int, default=2000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=sorted(GROUPS), default=[])
    parser.add_argument("--skip", action="append", choices=sorted(GROUPS), default=[])
    args = parser.parse_args()
    target = Target(args)
    count = failures = dead = 0
    for title, function in GROUPS.items():
        if dead == 2:
            print(f"# {title}: left out, the agent is dead")
            continue
        if title in args.skip or args.only and title not in args.only:
            continue
        try:
            for name, why in function(target):
                count += 1
                failures += bool(why)
                print(f"not ok {name}: {why}" if why else f"ok {name}", flush=True)
        except (Dead, mn.NoReply) as why:
            count, failures, dead = count + 1, failures + 1, dead + 1
            print(f"not ok {title}: {why}", flush=True)
    print(f"1..{count}")
    return min(failures, 99)


if __name__ == "__main__":
    sys.exit(main())
