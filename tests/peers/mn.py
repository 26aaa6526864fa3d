#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A mobile node for black-box tests of a home agent: registers, checks every octet of the reply
against what was asked, sends and receives tunnel data, answers for nothing else.

As a library: MobileNode(...).register() returns a Reply; Reply.defects lists what is wrong with it.
As a command it registers once, does what the options say and prints one JSON object; its exit
status is 0 only if everything asked for worked and no reply had a defect.
"""

import argparse
import json
import select
import socket
import sys
import time

import mip4
from mip4 import FLAG_D, FLAG_G, FLAG_S, FLAG_T, PORT

KNOWN_CODES = (set(range(0, 3)) | set(range(64, 128)) | set(range(128, 154)) |
               set(range(192, 204)))
CODE_CLOCK = 133


class Reply:
    """A Registration Reply next to the request that it answers."""

    def __init__(self, raw, source, request, node):
        self.raw, self.source, self.request, self.defects = raw, source, request, []
        self.nonces = isinstance(node.clock, mip4.Nonces)
        self.message = None
        try:
            self.message = mip4.decode(raw)
        except mip4.Malformed as why:
            self.defects.append(f"malformed: {why}")
            return
        if self.message.type != mip4.RRP:
            self.defects.append(f"message type {self.message.type}")
            self.message = None
            return
        self.check(node)

    @property
    def code(self):
        return self.message.code if self.message else None

    @property
    def accepted(self):
        return self.code in (0, 1)

    @property
    def lifetime(self):
        return min(self.message.lifetime, self.request.lifetime)

    @property
    def acks(self):
        """[(prefix, code)] in the order of the reply."""
        return [(f"{e.fields['prefix']}/{e.fields['prefix_length']}", e.fields["code"])
                for e in self.message.extensions
                if e.name in ("MobileNetworkAck", "MobileNetworkImplicitAck")]

    @property
    def udp_code(self):
        tunnel = self.message.first("UdpTunnelReply")
        return tunnel.fields["code"] if tunnel else None

    def need(self, good, why):
        if not good:
            self.defects.append(why)

    def check(self, node):
        reply, request = self.message, self.request
        self.need(self.source == (node.answers_from or node.agent, node.agent_port),
                  f"comes from {self.source}, not from where the request went")
        self.need(reply.identification & 0xffffffff == request.identification & 0xffffffff,
                  "low half of the Identification is not copied")
        self.need(reply.code in KNOWN_CODES, f"unknown code {reply.code}")
        unknown = mip4.must_discard(reply)
        self.need(unknown is None, f"unknown extension {unknown and unknown.type}")
        auth = reply.all("MobileHomeAuth")
        self.need(len(auth) == 1, f"{len(auth)} MN-HA extensions")
        if len(auth) == 1:
            self.need(node.sa.verify(self.raw, auth[0]), "MN-HA does not verify")
            behind = [e for e in reply.extensions if e.offset > auth[0].offset]
            asked = request.all("MnFaChallenge")
            self.need([(e.type, e.data) for e in behind] == [(e.type, e.data) for e in asked],
                      "not just the challenge stands behind MN-HA")
        self.need(reply.home_agent == request.home_agent or reply.code == 136,
                  f"Home Agent {reply.home_agent}")
        if request.home_address != "0.0.0.0":
            self.need(reply.home_address == request.home_address,
                      f"Home Address {reply.home_address}")
        name = request.first("MnNai")
        if name:
            got = reply.all("MnNai")
            self.need(len(got) == 1 and got[0].fields == name.fields, "NAI is not returned")
        if reply.code in (0, 1):
            self.check_accepted(reply, request)
        elif reply.code == CODE_CLOCK:
            self.need(bool(reply.identification >> 32), "no clock in a 133")

    def check_accepted(self, reply, request):
        if not self.nonces:
            self.need(reply.identification == request.identification,
                      "Identification is not copied")
        self.need(reply.home_address != "0.0.0.0", "accepted without a home address")
        self.need(reply.lifetime <= request.lifetime,
                  f"lifetime {reply.lifetime}, asked {request.lifetime}")
        self.check_udp(reply, request)
        asked = [(f"{e.fields['prefix']}/{e.fields['prefix_length']}")
                 for e in request.all("MobileNetworkRequest")]
        if request.lifetime and asked:
            self.need([p for p, _ in self.acks] == asked,
                      f"acknowledges {[p for p, _ in self.acks]}, asked {asked}")
            self.need(not reply.all("MobileNetworkImplicitAck"), "implicit ack of a request")
            self.need(not self.acks or any(code == 0 for _, code in self.acks),
                      "code 0 although every network is refused")
        wants_caps, has_caps = request.vendor("caps"), reply.vendor("caps")
        if has_caps:
            self.need(wants_caps is not None, "CAPS that nobody asked for")
            self.need(has_caps["role"] == mip4.ROLE_HOME_AGENT, f"role {has_caps['role']}")
            self.need(has_caps["version"] == 1, f"CAPS version {has_caps['version']}")
        self.check_revocation(reply, request)
        for number in ("UdpTunnelReply", "MnNai"):
            self.need(len(reply.all(number)) <= 1, f"two {number}")

    def check_revocation(self, reply, request):
        """RFC 3543 3.2: answered only when asked, before MN-HA."""
        asked, got = request.first("RevocationSupport"), reply.all("RevocationSupport")
        self.need(len(got) <= (1 if asked else 0), f"{len(got)} Revocation Support")
        if got:
            self.need(got[0].offset < reply.first("MobileHomeAuth").offset,
                      "Revocation Support is not signed")

    def check_udp(self, reply, request):
        asked, got = request.first("UdpTunnelRequest"), reply.all("UdpTunnelReply")
        self.need(len(got) <= 1, "two UDP Tunnel Replies")
        if not asked or not request.lifetime:
            self.need(not got or asked, "UDP Tunnel Reply without a request")
            return
        if got:
            self.need(got[0].fields["F"] == asked.fields["F"] or got[0].fields["code"] >= 64,
                      "F is not echoed")
            self.need(got[0].fields["flags"] & 0x7fff == 0, "reserved bits in the UDP Tunnel Reply")

    def as_dict(self):
        out = {"code": self.code, "defects": self.defects, "from": list(self.source)}
        if self.message:
            out["reply"] = self.message.as_dict()
        return out


class NoReply(Exception):
    pass


class MobileNode:
    """One uplink of a node: a socket towards the agent for registrations and tunnel data.

    Several uplinks of one node share `clock` (Identifications must grow per node)."""

    def __init__(self, agent, sa, source="0.0.0.0", port=0, home="0.0.0.0", name=None,
                 careof=None, agent_port=PORT, device=None, clock=None, agent_field=None,
                 boot_id=0x52511111):
        self.agent, self.agent_port, self.sa, self.home, self.name = agent, agent_port, sa, home, name
        self.agent_field = agent_field or agent
        self.answers_from = None    # if the agent is asked at another address than its own
        self.clock = clock or mip4.Identifications()
        self.boot_id = boot_id
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if device:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        self.socket.bind((source, port))
        self.source = source if source != "0.0.0.0" else self.route_source()
        self.port = self.socket.getsockname()[1]
        self.careof = careof or self.source
        self.inbox = []             # tunnel data that came while something else was awaited
        self.stray = []             # replies that answered nothing
        self.last_request = self.last_reply = None
        self.gre = False            # send GRE (after CAPS), with these numbers if wanted
        self.echo_sequence = 0

    def route_source(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((self.agent, self.agent_port))
            return probe.getsockname()[0]

    def close(self):
        self.socket.close()

    # ---- registration

    def extensions(self, lifetime, networks=(), udp="natted", bid=None, order=(), caps=None,
                   watch=None, extra=()):
        """What stands before MN-HA. udp: no, natted or force; caps: feature bits or None."""
        out = []
        if self.name:
            out.append(mip4.nai(self.name))
        if udp != "no":
            out.append(mip4.udp_request(force=udp == "force"))
        if lifetime:
            out += [mip4.network_request(p) for p in networks]
        if bid is not None:
            out.append(mip4.multipath(bid))
            if lifetime and order:
                out.append(mip4.flow_all(*order))
        if caps is not None:
            out.append(mip4.caps(mip4.ROLE_ROUTER, caps, self.boot_id))
        if watch is not None:
            out.append(mip4.watch(**watch))
        return out + list(extra)

    def request(self, lifetime=300, flags=FLAG_D | FLAG_T, careof=None, home=None, ident=None,
                sa=None, behind=b"", **options):
        """A signed request; the options are those of extensions()."""
        raw = mip4.encode(mip4.RRQ, self.extensions(lifetime, **options), flags=flags,
                          lifetime=lifetime, home_address=home or self.home,
                          home_agent=self.agent_field, care_of_address=careof or self.careof,
                          identification=ident or self.clock.next())
        return (sa or self.sa).sign(raw) + behind

    def send(self, raw):
        self.socket.sendto(raw, (self.agent, self.agent_port))

    def receive(self, deadline):
        """(octets, address) or None when `deadline` (monotonic) has passed."""
        left = deadline - time.monotonic()
        ready, _, _ = select.select([self.socket], [], [], max(0, left))
        if not ready:
            return None
        return self.socket.recvfrom(65535)

    def answer_to(self, raw, timeout=1.0):
        """Sends a request as it is; the Reply with its low half, or None."""
        request = mip4.decode(raw)
        self.send(raw)
        self.last_request = request
        deadline = time.monotonic() + timeout
        while True:
            got = self.receive(deadline)
            if got is None:
                return None
            if got[0][:1] == b"\x04":
                self.inbox.append(got)
                continue
            reply = Reply(got[0], got[1], request, self)
            low = reply.message and reply.message.identification & 0xffffffff
            if low != request.identification & 0xffffffff:
                self.stray.append(got)
                continue
            self.last_reply = reply
            if reply.nonces and not reply.defects:
                self.clock.learn(reply.message.identification)
            return reply

    def register(self, lifetime=300, tries=3, timeout=1.0, correct=True, **options):
        """Registers; repeats a lost request, corrects the clock once after a 133."""
        for attempt in range(tries):
            reply = self.answer_to(self.request(lifetime, **options), timeout * 2 ** attempt)
            if reply is None:
                continue
            if reply.code == CODE_CLOCK and correct and not reply.defects:
                self.clock.learn(reply.message.identification)
                correct = False
                reply = self.answer_to(self.request(lifetime, **options), timeout)
                if reply is None:
                    continue
            if reply.accepted and lifetime and self.home == "0.0.0.0":
                self.home = reply.message.home_address
            return reply
        raise NoReply(f"no reply from {self.agent} after {tries} requests")

    def deregister(self, **options):
        return self.register(0, **options)

    def deregister_all(self, **options):
        return self.register(0, careof=self.home, **options)

    # ---- revocation (RFC 3543)

    def await_revocation(self, timeout=2.0):
        """The next Registration Revocation, decoded and found authentic, or None."""
        deadline = time.monotonic() + timeout
        while (got := self.receive(deadline)) is not None:
            if got[0][:1] != bytes([mip4.REVOCATION]):
                (self.inbox if got[0][:1] == b"\x04" else self.stray).append(got)
                continue
            message = mip4.decode(got[0])
            auth = message.all("MobileHomeAuth")
            if (got[1] != (self.agent, self.agent_port) or len(auth) != 1 or
                    not self.sa.verify(got[0], auth[0])):
                raise mip4.Malformed(f"revocation {got[0].hex()} from {got[1]}")
            return message
        return None

    def acknowledge(self, revocation, sa=None):
        self.send((sa or self.sa).sign(mip4.encode(
            mip4.REVOCATION_ACK, flags=0, home_address=revocation.home_address,
            identifier=revocation.identifier, reserved=0)))

    # ---- tunnel data

    def send_inner(self, packet, gre=None, sequence=None, path=None, path_count=0):
        if self.gre if gre is None else gre:
            self.send(mip4.tunnel_gre(packet, sequence, path, path_count))
        else:
            self.send(mip4.tunnel(packet))

    def receive_inner(self, timeout=1.0):
        """(Tunnel, Inner) of the next tunnel data, or None."""
        deadline = time.monotonic() + timeout
        while True:
            got = self.inbox.pop(0) if self.inbox else self.receive(deadline)
            if got is None:
                return None
            if got[0][:1] != b"\x04":
                self.stray.append(got)
                continue
            if got[1] != (self.agent, self.agent_port):
                continue
            data = mip4.decode_tunnel(got[0])
            if data.protocol in (None, 0x0800) and data.next_header in (4, 47):
                return data, mip4.decode_ipv4(data.inner)

    def echo(self, destination, source=None, timeout=1.0, payload=b"keepalive", wait=True,
             **options):
        """One echo request through the tunnel; round trip in seconds or None."""
        self.echo_sequence += 1
        ident, sequence = self.port, self.echo_sequence & 0xffff
        start = time.monotonic()
        self.send_inner(mip4.echo(source or self.home, destination, ident, sequence, payload),
                        **options)
        if not wait:
            return None
        kept = []
        while (got := self.receive_inner(start + timeout - time.monotonic())) is not None:
            answer = mip4.decode_echo(got[1])
            if answer == (0, ident, sequence, payload) and got[1].source == destination:
                return time.monotonic() - start
            kept.append(got)
        return None

    def keepalive(self, timeout=1.0, **options):
        """RFC 3519: echo from the home address to the agent, in the tunnel."""
        return self.echo(self.agent_field, timeout=timeout, **options)


def add_arguments(parser):
    parser.add_argument("--ha", required=True, metavar="ADDR", help="home agent")
    parser.add_argument("--ha-port", type=int, default=PORT)
    parser.add_argument("--source", default="0.0.0.0", metavar="ADDR")
    parser.add_argument("--port", type=int, default=0, help="local port")
    parser.add_argument("--device")
    parser.add_argument("--spi", type=int, required=True)
    parser.add_argument("--key", required=True, metavar="HEX")
    parser.add_argument("--algorithm", default="hmac-sha256", choices=sorted(mip4.DIGESTS))
    parser.add_argument("--home", default="0.0.0.0", metavar="ADDR")
    parser.add_argument("--nai")
    parser.add_argument("--careof", metavar="ADDR", help="care-of address field, if not the source")
    parser.add_argument("--network", action="append", default=[], metavar="PREFIX")


def node_of(args, **options):
    return MobileNode(args.ha, mip4.Association(args.spi, args.key, args.algorithm), args.source,
                      args.port, args.home, args.nai, args.careof, args.ha_port, args.device,
                      **options)


def main():
    parser = argparse.ArgumentParser(description="Mobile node for tests of a home agent")
    add_arguments(parser)
    parser.add_argument("--lifetime", type=int, default=300)
    parser.add_argument("--udp", default="natted", choices=["no", "natted", "force"])
    parser.add_argument("--force", dest="udp", action="store_const", const="force")
    parser.add_argument("--bid", type=int, help="RFC 7629 binding identifier")
    parser.add_argument("--simultaneous", action="store_true", help="set S")
    parser.add_argument("--want-gre", action="store_true", help="set G")
    parser.add_argument("--caps", type=lambda t: int(t, 0), help="feature bits of CAPS")
    parser.add_argument("--clock", type=float, default=0.0, help="own clock is off by so many s")
    parser.add_argument("--keepalives", type=int, default=0, metavar="N")
    parser.add_argument("--ping", metavar="ADDR", help="echo through the tunnel")
    parser.add_argument("--ping-from", metavar="ADDR", help="inner source of --ping")
    parser.add_argument("--hold", type=float, default=0, metavar="S", help="answer echoes so long")
    parser.add_argument("--deregister", action="store_true", help="in the end")
    parser.add_argument("--expect", type=int, default=0, metavar="CODE")
    args = parser.parse_args()

    node = node_of(args, clock=mip4.Identifications(args.clock))
    flags = (FLAG_D | FLAG_T | (FLAG_S if args.simultaneous else 0) |
             (FLAG_G if args.want_gre else 0))
    options = {"networks": args.network, "udp": args.udp, "bid": args.bid, "caps": args.caps,
               "flags": flags}
    out, good = {}, True
    try:
        reply = node.register(args.lifetime, **options)
        out["registration"] = reply.as_dict()
        good = reply.code == args.expect and not reply.defects
        out["home_address"] = node.home
        if args.keepalives:
            out["keepalives"] = [node.keepalive() for _ in range(args.keepalives)]
            good = good and None not in out["keepalives"]
        if args.ping:
            out["ping"] = node.echo(args.ping, args.ping_from)
            good = good and out["ping"] is not None
        if args.hold:
            out["echoes_answered"] = hold(node, args.hold)
        if args.deregister:
            reply = node.deregister(udp=args.udp, bid=args.bid)
            out["deregistration"] = reply.as_dict()
            good = good and reply.code == 0 and not reply.defects
    except NoReply as why:
        out["error"], good = str(why), False
    out["ok"] = good
    print(json.dumps(out))
    return 0 if good else 1


def hold(node, seconds):
    """Answers inner echo requests for a while; how many."""
    end, count = time.monotonic() + seconds, 0
    while (got := node.receive_inner(end - time.monotonic())) is not None:
        question = mip4.decode_echo(got[1])
        if question and question[0] == 8:
            node.send_inner(mip4.echo(got[1].destination, got[1].source, *question[1:], reply=True))
            count += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
