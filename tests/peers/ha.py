#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A home agent for black-box tests of a mobile router: honest by default, and able to lie.

Every request and every first tunnel packet becomes one JSON line (--log).  What it answers stands
in a script: a JSON list of steps, one per request, the last one for all that follow.  The file of
--script is read again when it changes; counting then starts anew.  Keys of a step, all optional:

  silent: true          no reply
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
import json
import os
import random
import select
import socket
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


class HomeAgent:
    def __init__(self, address, sa, pool="10.200.0.7", networks=(), max_lifetime=600, caps=None,
                 script=None, log=None, answer="keepalive", second=None, tolerance=7.0):
        self.address, self.sa, self.pool, self.networks = address, sa, pool, list(networks)
        self.max_lifetime, self.caps, self.answer = max_lifetime, caps, answer
        self.tolerance = tolerance
        self.script, self.log = script or Script(), log
        self.socket = self.bind(address, mip4.PORT)
        self.other_port = self.bind(address, 0)
        self.second = self.bind(second, mip4.PORT) if second else None
        self.boot_id = random.getrandbits(32)
        self.bindings = {}          # (home address, BID) -> end of its tunnel
        self.last_ident = self.previous = 0
        self.seen, self.echoes, self.numbers = set(), 0, {}
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
        if request.type != mip4.RRQ:
            self.note(event="message", source=source, **request.as_dict())
            return
        step = self.script.next()
        auth = request.all("MobileHomeAuth")
        proven = len(auth) == 1 and self.sa.verify(raw, auth[0])
        self.note(event="request", source=source, proven=proven, step=step, octets=raw.hex(),
                  behind=[e.type for e in request.extensions
                          if auth and e.offset > auth[0].offset],
                  unknown=getattr(mip4.must_discard(request), "type", None), **request.as_dict())
        if step.get("silent"):
            return
        if step.get("delay"):
            time.sleep(step["delay"])
        if "raw" in step:
            self.send(bytes.fromhex(step["raw"]), source, step)
            return
        code = self.judge(request, proven, step)
        reply = self.reply(request, code, source, step)
        if code in (0, 1) and not step.get("keep"):
            self.bind_router(request, source, step)
        for _ in range(step.get("repeat", 1)):
            self.send(reply, source, step)
        self.previous = request.identification

    def judge(self, request, proven, step):
        if not proven:
            return 131
        now = mip4.ntp(time.time() + step.get("clock", 0))
        if abs((request.identification >> 32) - (now >> 32)) > self.tolerance:
            return 133
        if request.identification <= self.last_ident:
            return 133
        if "code" in step:
            return step["code"]
        self.last_ident = request.identification
        return 0

    def send(self, raw, source, step):
        out = self.socket
        if step.get("udp_port"):
            out = self.other_port
        if step.get("address") and self.second:
            out = self.second
        out.sendto(raw[:step.get("cut", len(raw))], source)

    def reply(self, request, code, source, step):
        lifetime = min(request.lifetime, self.max_lifetime)
        if "lifetime" in step:
            wish = step["lifetime"]
            lifetime = request.lifetime + int(wish) if isinstance(wish, str) else wish
        ident = request.identification
        if code == 133:
            clock = mip4.ntp(time.time() + step.get("clock", 0))
            ident = clock >> 32 << 32 | ident & 0xffffffff
        ident = {"old": self.previous, "zero": 0, "low": ident ^ 1}.get(step.get("ident"), ident)
        home = step.get("home") or (
            request.home_address if request.home_address != "0.0.0.0" else self.pool)
        raw = mip4.encode(mip4.RRP, self.extensions(request, code, source, step), code=code,
                          lifetime=max(0, min(lifetime, 0xffff)), home_address=home,
                          home_agent=step.get("agent", request.home_agent), identification=ident)
        return self.authenticate(raw, step) + bytes.fromhex(step.get("behind", ""))

    def authenticate(self, raw, step):
        how = step.get("auth")
        if how == "none":
            return raw
        if how == "other-spi":
            return mip4.Association(self.sa.spi + 1, self.sa.key, self.sa.algorithm).sign(raw)
        signed = self.sa.sign(raw)
        if how == "wrong":
            return signed[:-1] + bytes([signed[-1] ^ 1])
        if how == "double":
            return self.sa.sign(signed)
        if how in ("short", "long"):
            digest = signed[len(raw) + 6:]
            digest = digest[:12] if how == "short" else digest + b"\0"
            covered = raw + mip4.struct.pack(">BBI", 32, 4 + len(digest), self.sa.spi)
            return covered + (self.sa.digest(covered) + b"\0")[:len(digest)]
        return signed

    def extensions(self, request, code, source, step):
        out = [e.encode() for e in request.all("MnNai")]
        asked = request.first("UdpTunnelRequest")
        accepted = code in (0, 1)
        if asked and accepted and request.lifetime and step.get("udp") != "none":
            nat = source[0] != request.care_of_address or asked.fields["F"]
            out.append(mip4.udp_reply(step.get("udp", 0 if nat else 64), asked.fields["F"],
                                      step.get("keepalive", 0)))
        if (accepted or code == 147) and request.lifetime:
            out += self.acks(request, step.get("acks"))
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

    def acks(self, request, how):
        asked = [(e.fields["prefix"], e.fields["prefix_length"])
                 for e in request.all("MobileNetworkRequest")]
        out = []
        for address, length in asked:
            prefix = f"{address}/{length}"
            code = 0 if prefix in self.networks or not self.networks else 2
            if how == "refuse":
                code = 2
            if how == "other":
                prefix = "192.0.2.0/24"
            out.append(mip4.network_ack(prefix, code, how == "implicit"))
            if how == "double":
                out.append(mip4.network_ack(prefix, 2))
        if how == "extra":
            out.append(mip4.network_ack("172.20.0.0/16"))
            out.append(mip4.network_ack("0.0.0.0/0"))
        return [] if how == "none" else out

    def bind_router(self, request, source, step):
        home = step.get("home") or (
            request.home_address if request.home_address != "0.0.0.0" else self.pool)
        path = request.first("Multipath")
        bid = path.fields["bid"] if path and self.caps is not None else 0
        if request.lifetime:
            if not path:
                self.bindings = {}
            self.bindings[home, bid] = source
        elif request.care_of_address == home:
            self.bindings = {}
        else:
            self.bindings.pop((home, bid), None)
        self.note(event="bindings", bindings=[[h, b, *s] for (h, b), s in self.bindings.items()])

    def tunnel_data(self, raw, source):
        """Counts what comes, answers echoes; the rest is nobody's."""
        try:
            data = mip4.decode_tunnel(raw)
            inner = mip4.decode_ipv4(data.inner)
        except mip4.Malformed as why:
            self.note(event="bad tunnel data", source=source, why=str(why), octets=raw[:64].hex())
            return
        bound = source in self.bindings.values()
        kind = (source, inner.source, inner.destination, inner.protocol, data.next_header, bound,
                data.sequence is not None, data.path is not None)
        if kind not in self.seen:
            self.seen.add(kind)
            self.note(event="tunnel data", source=source, inner_source=inner.source,
                      inner_destination=inner.destination, protocol=inner.protocol,
                      next_header=data.next_header, bound=bound, sequence=data.sequence,
                      path=data.path, path_count=data.path_count)
        question = mip4.decode_echo(inner)
        mine = inner.destination == self.address
        if not question or question[0] != 8 or not bound or self.answer == "none":
            return
        if mine or self.answer == "all":
            self.echoes += 1
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
    parser.add_argument("--pool", default="10.200.0.7", metavar="ADDR", help="home address to give")
    parser.add_argument("--network", action="append", default=[], metavar="PREFIX",
                        help="accepted networks; none named: all")
    parser.add_argument("--max-lifetime", type=int, default=600)
    parser.add_argument("--caps", type=lambda t: int(t, 0), help="feature bits; left out: stranger")
    parser.add_argument("--script", metavar="FILE")
    parser.add_argument("--log", metavar="FILE")
    parser.add_argument("--answer", default="keepalive", choices=["none", "keepalive", "all"],
                        help="inner echo requests of bound routers")
    args = parser.parse_args()
    with open(args.log, "a", encoding="utf-8") if args.log else sys.stdout as log:
        agent = HomeAgent(args.address, mip4.Association(args.spi, args.key, args.algorithm),
                          args.pool, args.network, args.max_lifetime, args.caps,
                          Script(args.script), log, args.answer, args.second)
        agent.note(event="ready")
        agent.serve()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
