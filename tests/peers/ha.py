#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A home agent for black-box tests of a mobile router: strict by default, and able to lie.

Every request and every first tunnel packet becomes one JSON line (--log).  What it answers stands
in a script: a JSON list of steps, one per request, the last one for all that follow.  The file of
--script is read again when it changes; counting then starts anew.  Keys of a step, all optional:

  silent: true          no reply
  first: [STEP, ...]    replies that come before this one; what this one does is what counts
  code: N               instead of 0
  lifetime: N | "+N" | "-N"       absolute, or relative to what was asked
  auth: "wrong" "none" "short" "double" "long" "other-spi"
  ident: "old" "low" "zero"       Identification of the previous request; low half wrong; 0
  clock: S              the agent's clock is off by S: judges by it, a 133 carries it
  home: ADDR  agent: ADDR         fields of the reply
  acks: "none" "extra" "refuse" "other" "double" "implicit"
  udp: N | "none"       code of the UDP Tunnel Reply
  udp_port: true        reply from another port        address: from another address (--second)
  keepalive: N          seconds in the UDP Tunnel Reply
  caps: true | false    overrides --caps
  unknown: N            an unknown extension of type N before MN-HA
  extra: HEX            octets before MN-HA            behind: HEX   octets after it
  cut: N                only the first N octets        repeat: N     the reply N times
  raw: HEX              this instead of a reply
  delay: S              wait before the reply
"""

import argparse
import ipaddress
import json
import os
import random
import select
import socket
import struct
import sys
import time

import mip4


class Script:
    """The steps, one per request; read again when the file changes."""

    def __init__(self, path=None, steps=None):
        self.path, self.steps, self.stamp, self.count = path, steps or [{}], None, 0

    def next(self):
        if self.path:
            try:
                stamp = os.stat(self.path)
                stamp = (stamp.st_mtime_ns, stamp.st_ino)
                if stamp != self.stamp:
                    with open(self.path, encoding="utf-8") as file:
                        self.steps = json.load(file)
                    self.stamp, self.count = stamp, 0
            except FileNotFoundError:
                pass
        step = self.steps[min(self.count, len(self.steps) - 1)]
        self.count += 1
        return step


class Router:
    """What the agent knows of one mobile router."""

    def __init__(self, sa, home, name=None, networks=()):
        self.sa, self.home, self.name = sa, home, name
        self.networks = [ipaddress.ip_network(n) for n in networks]
        self.last_ident = self.previous = 0
        self.stored = None          # the last accepted request, where from, its reply, when sent
        self.bindings = {}          # BID -> (end of the tunnel, care-of address, expiry)

    def is_meant(self, request):
        """SPI, then the home address, or the identity when the home address is 0."""
        auth, name = request.first("MobileHomeAuth"), request.first("MnNai")
        if auth.fields["spi"] != self.sa.spi:
            return False
        if request.home_address == "0.0.0.0":
            return name is not None and (self.name is None or name.fields["nai"] == self.name)
        return request.home_address == self.home

    def ends(self):
        now = time.monotonic()
        self.bindings = {k: v for k, v in self.bindings.items() if v[2] > now}
        return {v[0] for v in self.bindings.values()}

    def owns(self, address):
        return address == self.home or any(
            ipaddress.ip_address(address) in n for n in self.networks)


class HomeAgent:
    def __init__(self, address, routers, max_lifetime=600, caps=None, script=None, log=None,
                 answer="keepalive", second=None, tolerance=7):
        self.address, self.routers = address, routers
        self.max_lifetime, self.caps, self.answer = max_lifetime, caps, answer
        self.tolerance = tolerance
        self.script, self.log = script or Script(), log
        self.socket = self.bind(address, mip4.PORT)
        self.other_port = self.bind(address, 0)
        self.second = self.bind(second, mip4.PORT) if second else None
        self.boot_id = random.getrandbits(32)
        self.seen, self.denials = set(), []
        self.start = time.monotonic()

    @staticmethod
    def bind(address, port):
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        out.bind((address, port))
        return out

    def note(self, **what):
        if self.log:
            self.log.write(json.dumps({"at": round(time.monotonic() - self.start, 4), **what}) + "\n")
            self.log.flush()

    def serve(self, until=None):
        """Until `until()` is true, or for ever."""
        while not (until and until()):
            ready, _, _ = select.select([self.socket], [], [], 0.2)
            if ready:
                raw, source = self.socket.recvfrom(65535)
                self.input(raw, source)

    def input(self, raw, source):
        if raw[:1] == b"\x04":
            self.tunnel_data(raw, source)
            return
        try:
            request = mip4.decode(raw)
        except mip4.Malformed as why:
            self.note(event="malformed", source=source, why=str(why), octets=raw.hex())
            return
        unknown = mip4.must_discard(request)
        auth = request.first("MobileHomeAuth")
        router = next((r for r in self.routers if auth and r.is_meant(request)), None)
        if request.type != mip4.RRQ or unknown or not router:
            self.note(event="discarded", source=source, unknown=unknown and unknown.type,
                      **request.as_dict())
            return
        proven = router.sa.verify(raw, auth)
        behind = [e for e in request.extensions if e.offset > auth.offset]
        step = self.script.next() if proven else {}
        self.note(event="request", source=source, proven=proven, step=step, octets=raw.hex(),
                  behind=[e.type for e in behind], **request.as_dict())
        request.extensions = [e for e in request.extensions if e.offset <= auth.offset]
        if step.get("silent") or proven and self.is_duplicate(router, raw, source):
            return
        if step.get("delay"):
            time.sleep(step["delay"])
        if "raw" in step:
            self.send(bytes.fromhex(step["raw"]), source, step)
            return
        code = self.judge(router, request, proven, behind, source, step)
        networks = self.networks(router, request, step.get("acks"))
        if code == 0 and networks and all(c for _, c in networks) and request.lifetime:
            code = 147
        for lie in step.get("first", []) if proven else []:
            self.lie(router, request, source, lie)
        reply = self.reply(router, request, code, source, networks, step)
        if not proven and (len(reply) > len(raw) or not self.may_deny()):
            return
        if code in (0, 1):
            self.bind_router(router, request, source, step)
            router.stored = [raw, source, reply, time.monotonic()]
        for _ in range(step.get("repeat", 1)):
            self.send(reply, source, step)
        router.previous = request.identification

    def lie(self, router, request, source, step):
        """A reply that changes nothing here."""
        if "raw" in step:
            self.send(bytes.fromhex(step["raw"]), source, step)
            return
        networks = self.networks(router, request, step.get("acks"))
        self.send(self.reply(router, request, step.get("code", 0), source, networks, step),
                  source, step)

    def is_duplicate(self, router, raw, source):
        """The last accepted request once more: its sender may have the reply again, once a second."""
        if not router.stored or raw != router.stored[0]:
            return False
        if source == router.stored[1] and time.monotonic() - router.stored[3] >= 1:
            router.stored[3] = time.monotonic()
            self.socket.sendto(router.stored[2], source)
        return True

    def may_deny(self):
        """At most 10 denials a second to who proved nothing."""
        now = time.monotonic()
        self.denials = [t for t in self.denials if t > now - 1]
        self.denials.append(now)
        return len(self.denials) <= 10

    def judge(self, router, request, proven, behind, source, step):
        if not proven:
            return 131
        now = mip4.ntp(time.time() + step.get("clock", 0))
        if abs((request.identification >> 32) - (now >> 32)) > self.tolerance:
            return 133
        if request.identification <= router.last_ident and not step.get("clock"):
            return 133
        if "code" in step:
            return step["code"]
        name, udp = request.first("MnNai"), request.first("UdpTunnelRequest")
        if name and router.name and name.fields["nai"] != router.name:
            return 129
        if request.home_agent != self.address:
            return 136
        if request.flags & mip4.FLAG_M:
            return 139
        if any(e.name == "UdpTunnelRequest" for e in behind) or (
                udp and not request.flags & mip4.FLAG_D):
            return 134
        if not udp and request.lifetime and source[0] != request.care_of_address:
            return 129
        if not step.get("clock"):
            router.last_ident = request.identification
        return 0

    def send(self, raw, source, step):
        out = self.socket
        if step.get("udp_port"):
            out = self.other_port
        if step.get("address") and self.second:
            out = self.second
        out.sendto(raw[:step.get("cut", len(raw))], source)

    def reply(self, router, request, code, source, networks, step):
        lifetime = min(request.lifetime, self.max_lifetime)
        if "lifetime" in step:
            wish = step["lifetime"]
            lifetime = request.lifetime + int(wish) if isinstance(wish, str) else wish
        ident = request.identification
        if code == 133:
            clock = mip4.ntp(time.time() + step.get("clock", 0))
            ident = clock >> 32 << 32 | ident & 0xffffffff
        ident = {"old": router.previous, "zero": 0, "low": ident ^ 1}.get(step.get("ident"), ident)
        home = step.get("home") or (
            request.home_address if request.home_address != "0.0.0.0" else router.home)
        extensions = self.extensions(request, code, source, networks, step)
        raw = mip4.encode(mip4.RRP, extensions, code=code, lifetime=max(0, min(lifetime, 0xffff)),
                          home_address=home, home_agent=step.get("agent", self.address), identification=ident)
        return self.authenticate(router.sa, raw, step) + bytes.fromhex(step.get("behind", ""))

    @staticmethod
    def authenticate(sa, raw, step):
        how = step.get("auth")
        if how == "none":
            return raw
        if how == "other-spi":
            return mip4.Association(sa.spi + 1, sa.key, sa.algorithm).sign(raw)
        signed = sa.sign(raw)
        if how == "wrong":
            return signed[:-1] + bytes([signed[-1] ^ 1])
        if how == "double":
            return sa.sign(signed)
        if how in ("short", "long"):
            digest = signed[len(raw) + 6:]
            digest = digest[:12] if how == "short" else digest + b"\0"
            covered = raw + struct.pack(">BBI", 32, 4 + len(digest), sa.spi)
            return covered + (sa.digest(covered) + b"\0")[:len(digest)]
        return signed

    def extensions(self, request, code, source, networks, step):
        out = [e.encode() for e in request.all("MnNai")]
        asked = request.first("UdpTunnelRequest")
        accepted = code in (0, 1)
        if asked and accepted and request.lifetime and step.get("udp") != "none":
            nat = source[0] != request.care_of_address or asked.fields["F"]
            out.append(mip4.udp_reply(step.get("udp", 0 if nat else 64), asked.fields["F"],
                                      step.get("keepalive", 0)))
        if (accepted or code == 147) and request.lifetime:
            out += self.acks(networks, step.get("acks"))
        told = request.vendor("caps")
        bits = self.caps if step.get("caps", True) else None
        if step.get("caps") is True and bits is None:
            bits = mip4.CAPS_S | mip4.CAPS_K | mip4.CAPS_MULTIPATH | mip4.CAPS_OBSERVED
        if told and accepted and bits is not None:
            out.append(mip4.caps(mip4.ROLE_HOME_AGENT, bits, self.boot_id))
            out.append(mip4.observed(*source))
        if "unknown" in step:
            out.append(mip4.ext_raw(step["unknown"], b"\x01\x02\x03\x04"))
        return out + [bytes.fromhex(step.get("extra", ""))]

    @staticmethod
    def networks(router, request, how):
        """[(prefix, ack code)] for what is asked."""
        out = []
        for e in request.all("MobileNetworkRequest"):
            length = e.fields["prefix_length"]
            if not 0 < length <= 32:
                out.append((f"{e.fields['prefix']}/{length}", 1))
                continue
            net = ipaddress.ip_network(f"{e.fields['prefix']}/{length}", strict=False)
            out.append((str(net), 2 if how == "refuse" or net not in router.networks else 0))
        return out

    @staticmethod
    def acks(networks, how):
        out = []
        for prefix, code in networks:
            address, length = prefix.split("/")
            out.append(mip4.ext("MobileNetworkImplicitAck" if how == "implicit" else
                                "MobileNetworkAck", code=code, prefix_length=int(length),
                                prefix="192.0.2.0" if how == "other" else address))
            if how == "double":
                out.append(mip4.network_ack(prefix, 2))
        if how == "extra":
            out.append(mip4.network_ack("172.20.0.0/16"))
            out.append(mip4.network_ack("0.0.0.0/0"))
        return [] if how == "none" else out

    def bind_router(self, router, request, source, step):
        path = request.first("Multipath") if self.caps is not None else None
        bid = path.fields["bid"] if path else 0
        if request.lifetime:
            if path:
                router.bindings.pop(0, None)        # the plain one was to find each other
            else:
                router.bindings = {}
            lifetime = min(request.lifetime, self.max_lifetime)
            router.bindings[bid] = source, request.care_of_address, time.monotonic() + lifetime
        elif request.care_of_address == request.home_address:
            router.bindings = {}
        else:
            router.bindings = {b: v for b, v in router.bindings.items()
                               if v[1] != request.care_of_address}
        self.note(event="bindings", home=step.get("home", router.home),
                  bindings=[[b, *v[0]] for b, v in router.bindings.items()])

    def tunnel_data(self, raw, source):
        """Counts what comes, answers echoes; the rest is nobody's."""
        try:
            data = mip4.decode_tunnel(raw)
            inner = mip4.decode_ipv4(data.inner)
        except mip4.Malformed as why:
            self.note(event="bad tunnel data", source=source, why=str(why), octets=raw[:64].hex())
            return
        router = next((r for r in self.routers if source in r.ends()), None)
        owned = router is not None and router.owns(inner.source)
        kind = (source, inner.source, inner.destination, inner.protocol, data.next_header, owned,
                data.sequence is not None, data.path is not None)
        if kind not in self.seen:
            self.seen.add(kind)
            self.note(event="tunnel data", source=source, inner_source=inner.source,
                      inner_destination=inner.destination, protocol=inner.protocol,
                      next_header=data.next_header, bound=router is not None, owned=owned,
                      sequence=data.sequence, path=data.path, path_count=data.path_count)
        question = mip4.decode_echo(inner)
        if not owned or not question or question[0] != 8 or self.answer == "none":
            return
        if inner.destination == self.address or self.answer == "all":
            answer = mip4.echo(inner.destination, inner.source, *question[1:], reply=True)
            self.socket.sendto(mip4.tunnel_gre(answer) if data.gre else mip4.tunnel(answer), source)


def main():
    parser = argparse.ArgumentParser(description="Home agent for tests of a mobile router",
                                     epilog=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", required=True)
    parser.add_argument("--second", metavar="ADDR", help="another address of this node")
    parser.add_argument("--spi", type=int, required=True)
    parser.add_argument("--key", required=True, metavar="HEX")
    parser.add_argument("--algorithm", default="hmac-sha256", choices=sorted(mip4.DIGESTS))
    parser.add_argument("--home", default="10.200.0.7", metavar="ADDR")
    parser.add_argument("--nai", help="left out: any")
    parser.add_argument("--network", action="append", default=[], metavar="PREFIX")
    parser.add_argument("--other", metavar="SPI,KEY,HOME,NAI,NETWORK", help="a second router")
    parser.add_argument("--max-lifetime", type=int, default=600)
    parser.add_argument("--caps", type=lambda t: int(t, 0), help="feature bits; left out: stranger")
    parser.add_argument("--script", metavar="FILE")
    parser.add_argument("--log", metavar="FILE")
    parser.add_argument("--answer", default="keepalive", choices=["none", "keepalive", "all"],
                        help="inner echo requests of bound routers")
    args = parser.parse_args()
    with open(args.log, "a", encoding="utf-8") if args.log else sys.stdout as log:
        routers = [Router(mip4.Association(args.spi, args.key, args.algorithm), args.home,
                          args.nai, args.network)]
        if args.other:
            spi, key, home, name, network = args.other.split(",")
            routers.append(Router(mip4.Association(int(spi), key, args.algorithm), home, name,
                                  [network]))
        agent = HomeAgent(args.address, routers, args.max_lifetime, args.caps,
                          Script(args.script), log, args.answer, args.second)
        agent.note(event="ready")
        agent.serve()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
