#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a standard mobile node and one of our own expect of a home agent, case by case.

Wants the three routers of tests/netns/lib.sh: site7 with a fixed home address and 10.7.0.0/24,
site8, and site9 with hmac-md5, its address from the pool and two networks.  --natted is a source
address behind a NAT, --source one that is not.  Prints "ok NAME" or "not ok NAME: why".
"""

import argparse
import contextlib
import sys
import time

import mip4
import mn

FEATURES = (mip4.CAPS_S | mip4.CAPS_K | mip4.CAPS_REPORT | mip4.CAPS_WATCH | mip4.CAPS_MULTIPATH |
            mip4.CAPS_OBSERVED)
CASES = []


def case(function):
    CASES.append(function)
    return function


class Agent:
    def __init__(self, args):
        self.args, self.clocks = args, {}

    def node(self, which, source=None, **options):
        """A fresh node; one clock per router over all cases, as Identifications must grow."""
        spi, key, algorithm, home, name = {
            7: (1007, self.args.key, "hmac-sha256", "10.200.0.7", "site7"),
            8: (1008, self.args.key2, "hmac-sha256", "10.200.0.8", "site8"),
            9: (1009, self.args.key3, "hmac-md5", "0.0.0.0", "site9")}[which]
        clock = self.clocks.setdefault(which, mip4.Identifications())
        options.setdefault("home", home)
        options.setdefault("clock", clock)
        return contextlib.closing(mn.MobileNode(
            self.args.ha, mip4.Association(spi, key, algorithm), source or self.args.source,
            name=name, **options))


def expect(reply, code=0):
    if reply.code != code:
        raise AssertionError(f"code {reply.code}, expected {code}; {reply.defects}")
    if reply.defects:
        raise AssertionError("; ".join(reply.defects))
    return reply


def need(good, why):
    if not good:
        raise AssertionError(why)


@case
def plain_registration_with_fixed_home_address(agent):
    with agent.node(7) as node:
        reply = expect(node.register(udp="force"))
        need(reply.udp_code == 0, f"UDP Tunnel Reply {reply.udp_code}")
        need(node.keepalive() is not None, "no answer to a keepalive")


@case
def home_address_for_an_identity(agent):
    with agent.node(7, home="0.0.0.0") as node:
        expect(node.register(udp="force"))
        need(node.home == "10.200.0.7", f"got {node.home}")
        need(node.keepalive() is not None, "no answer to a keepalive")


@case
def home_address_out_of_the_pool(agent):
    with agent.node(9) as node:
        expect(node.register(udp="force"))
        need(node.home.startswith("10.200.0."), f"got {node.home}")
        first = node.home
        need(first not in ("10.200.0.7", "10.200.0.8", "10.200.0.0", "10.200.0.255"),
             f"got {first}, which is somebody's")
        node.home = "0.0.0.0"
        expect(node.register(udp="force"))
        need(node.home == first, f"first {first}, then {node.home}")
        expect(node.deregister(udp="force"))


@case
def networks_one_by_one(agent):
    with agent.node(9) as node:
        reply = expect(node.register(udp="force", networks=["10.9.0.0/24", "10.9.1.0/24"]))
        need(reply.acks == [("10.9.0.0/24", 0), ("10.9.1.0/24", 0)], f"{reply.acks}")
        reply = expect(node.register(udp="force", networks=[
            "10.9.1.0/24", "10.8.0.0/24", "10.9.0.0/24"]))
        need([c for _, c in reply.acks] == [0, 2, 0], f"{reply.acks}")
        reply = expect(node.register(udp="force", networks=["10.8.0.0/24"]), 147)
        need([c for _, c in reply.acks] == [2], f"{reply.acks}")
        expect(node.deregister(udp="force"))


@case
def inner_sources_are_those_registered(agent):
    with agent.node(9) as node:
        both = ["10.9.0.0/24", "10.9.1.0/24"]
        expect(node.register(udp="force", networks=both))
        for source in (node.home, "10.9.0.5", "10.9.1.5"):
            need(node.echo(agent.args.sink, source, 2) is not None, f"{source} is not served")
        expect(node.register(udp="force", networks=both[:1]))
        for source in (node.home, "10.9.0.5"):
            need(node.echo(agent.args.sink, source, 2) is not None, f"{source} is not served")
        need(node.echo(agent.args.sink, "10.9.1.5", 0.5) is None, "withdrawn network is served")
        expect(node.deregister(udp="force"))


@case
def without_a_request_the_configured_networks_count(agent):
    """RFC 5177, implicit mode: the agent's own table, acknowledged with subtype 2."""
    with agent.node(9) as node:
        reply = expect(node.register(udp="force"))
        acks = reply.message.all("MobileNetworkImplicitAck")
        got = {f"{e.fields['prefix']}/{e.fields['prefix_length']}" for e in acks}
        need(got == {"10.9.0.0/24", "10.9.1.0/24"}, f"acknowledged {got}")
        need(not reply.message.all("MobileNetworkAck"), "explicit acknowledgement of nothing")
        need(node.echo(agent.args.sink, "10.9.1.5", 2) is not None, "10.9.1.5 is not served")
        expect(node.deregister(udp="force"))


@case
def nat_is_seen_by_the_address(agent):
    if not agent.args.natted:
        return
    with agent.node(7, agent.args.natted) as node:
        reply = expect(node.register(udp="natted"))
        need(reply.udp_code == 0, f"UDP Tunnel Reply {reply.udp_code}")
        need(not reply.message.first("UdpTunnelReply").fields["F"], "F although not asked")
        need(node.keepalive() is not None, "no answer to a keepalive")
    with agent.node(7, agent.args.natted) as node:
        expect(node.register(udp="no"), 129)


@case
def without_nat_and_force_nothing_is_tunnelled_in_udp(agent):
    with agent.node(7) as node:
        reply = node.register(udp="natted")     # that would be IP-in-IP, which is not there
        need(reply.code == 139, f"code {reply.code}")


@case
def encapsulations_that_are_not_there_are_refused(agent):
    with agent.node(7) as node:
        flags = mip4.FLAG_D | mip4.FLAG_T
        reply = node.register(udp="no", flags=flags)
        need(reply.code == 139, f"IP-in-IP: code {reply.code}")
        reply = node.register(udp="no", flags=flags | mip4.FLAG_M)
        need(reply.code == 139, f"minimal: code {reply.code}")
        reply = node.register(udp="no", extra=[mip4.udp_request(True, encapsulation=55)])
        need(reply.code == 142, f"minimal in UDP: code {reply.code}")
        reply = node.register(udp="no", extra=[mip4.udp_request(True, encapsulation=99)])
        need(reply.code == 142, f"encapsulation 99: code {reply.code}")
        reply = node.register(udp="force", flags=mip4.FLAG_T)
        need(reply.code == 134, f"144 without D: code {reply.code}")


@case
def bare_gre_in_udp_for_a_stranger(agent):
    """A stranger has to get GRE without numbers: it would have to drop them."""
    with agent.node(7) as node:
        reply = node.register(udp="no", extra=[mip4.udp_request(True, encapsulation=47)])
        need(reply.code in (0, 142), f"code {reply.code}")
        if reply.code:
            return
        need(node.keepalive(gre=True) is not None, "no answer in GRE")
        node.echo(agent.args.sink, gre=True, wait=False)
        got = node.receive_inner(2)
        need(got is not None, "no answer from inside")
        need(got[0].gre, f"answer with next header {got[0].next_header}")
        need(got[0].sequence is None and got[0].path is None, f"numbers for a stranger: {got[0]}")


@case
def a_stranger_gets_plain_ip(agent):
    with agent.node(7) as node:
        expect(node.register(udp="force"))
        for _ in range(3):
            node.echo(agent.args.sink, wait=False)
            got = node.receive_inner(2)
            need(got is not None, "no answer from inside")
            need(got[0].next_header == 4, f"next header {got[0].next_header}")


@case
def lifetime_is_lowered_never_raised(agent):
    with agent.node(7) as node:
        for asked in (1, 60, 600, 601, 3600, 65534, 65535):
            reply = expect(node.register(asked, udp="force"))
            need(reply.message.lifetime == min(asked, 600),
                 f"asked {asked}, got {reply.message.lifetime}")


@case
def de_registration(agent):
    with agent.node(7) as node:
        expect(node.register(udp="force"))
        reply = expect(node.deregister(udp="force"))
        need(reply.message.lifetime == 0, f"lifetime {reply.message.lifetime}")
        need(node.keepalive(0.3) is None, "keepalive answered after de-registration")
        expect(node.deregister(udp="force"))        # of what is not there
        expect(node.register(udp="force"))
        expect(node.deregister_all(udp="no"))
        need(node.keepalive(0.3) is None, "keepalive answered after de-registration of all")


@case
def expiry(agent):
    with agent.node(7) as node:
        expect(node.register(1, udp="force"))
        need(node.keepalive() is not None, "no answer to a keepalive")
        time.sleep(2.5)             # the lifetime itself is the thing tested
        need(node.keepalive(0.3) is None, "keepalive answered after expiry")


@case
def clock_that_is_off(agent):
    for offset in (-3600, -30, 30, 3600, 10 ** 8):
        time.sleep(1.1)             # a 133 carries whole seconds: the learnt clock may be 1 s ahead
        with agent.node(8, clock=mip4.Identifications(offset)) as node:
            reply = node.register(udp="force", correct=False)
            need(reply.code == 133 and not reply.defects, f"{offset}: {reply.code} {reply.defects}")
            expect(node.register(udp="force"))
    time.sleep(1.1)


@case
def retransmission_with_a_new_identification(agent):
    with agent.node(7) as node:
        for _ in range(5):
            node.send(node.request(udp="force"))
        reply = node.answer_to(node.request(udp="force"), 2)
        need(reply is not None, "no reply to the latest")
        expect(reply)


@case
def new_port_replaces_the_old(agent):
    with agent.node(7) as old, agent.node(7) as new:
        expect(old.register(udp="force"))
        expect(new.register(udp="force"))
        need(new.keepalive() is not None, "no answer at the new port")
        need(old.keepalive(0.3) is None, "the old port is still served")


@case
def simultaneous_bindings_or_code_1(agent):
    with agent.node(7) as one, agent.node(7) as two:
        flags = mip4.FLAG_S | mip4.FLAG_D | mip4.FLAG_T
        expect(one.register(udp="force"))
        reply = two.register(udp="force", flags=flags)
        need(reply.code in (0, 1) and not reply.defects, f"{reply.code} {reply.defects}")
        need(two.keepalive() is not None, "no answer to the second")


@case
def capabilities_are_answered(agent):
    with agent.node(7) as node:
        reply = expect(node.register(udp="force", caps=FEATURES, networks=["10.7.0.0/24"]))
        told = reply.message.vendor("caps")
        need(told is not None, "no CAPS in the reply")
        need(told["bits"] & mip4.CAPS_MULTIPATH, f"no multipath: {told['bits']:#x}")
        if told["bits"] & mip4.CAPS_OBSERVED:
            seen = reply.message.vendor("observed")
            need(seen and (seen["address"], seen["port"]) == (node.source, node.port),
                 f"observed {seen}, is {node.source}:{node.port}")
        again = expect(node.register(udp="force", caps=FEATURES)).message.vendor("caps")
        need(again["boot_id"] == told["boot_id"], "another boot id in the same life")
        plain = expect(node.register(udp="force"))
        need(plain.message.vendor("caps") is None, "CAPS for who did not ask")


@case
def observed_address_behind_a_nat(agent):
    if not agent.args.natted:
        return
    with agent.node(7, agent.args.natted) as node:
        reply = expect(node.register(udp="force", caps=FEATURES))
        seen = reply.message.vendor("observed")
        need(seen and seen["address"] == agent.args.nat, f"observed {seen}")


@case
def one_binding_identifier_per_uplink(agent):
    with agent.node(7) as first, agent.node(7, agent.args.natted) as second:
        options = {"udp": "force", "caps": FEATURES, "networks": ["10.7.0.0/24"]}
        expect(first.register(**options))
        expect(first.register(bid=1, order=(1,), **options))
        expect(second.register(bid=2, order=(1, 2), **options))
        need(first.keepalive() is not None, "no answer on BID 1")
        need(second.keepalive() is not None, "no answer on BID 2")
        # the downlink follows the catch-all flow binding
        first.inbox.clear()
        second.echo(agent.args.sink, wait=False, gre=True)
        got = first.receive_inner(2)
        need(got is not None, "the answer did not come on BID 1, the preferred one")
        expect(second.register(bid=2, order=(2, 1), **options))
        first.inbox.clear()
        first.echo(agent.args.sink, wait=False, gre=True)
        need(second.receive_inner(2) is not None, "the answer did not come on BID 2")
        expect(second.deregister(bid=2, udp="force", caps=FEATURES))
        need(first.keepalive() is not None, "no answer on BID 1 after BID 2 has left")
        need(second.keepalive(0.3) is None, "BID 2 is served after its de-registration")


@case
def a_moved_binding_identifier_replaces_its_address(agent):
    with agent.node(7) as one, agent.node(7) as two, agent.node(7) as three:
        options = {"udp": "force", "caps": FEATURES}
        expect(one.register(**options))
        expect(one.register(bid=1, order=(1,), **options))
        expect(two.register(bid=2, order=(1, 2), **options))
        expect(three.register(bid=1, order=(1, 2), **options))
        need(three.keepalive() is not None, "no answer on the new port of BID 1")
        need(two.keepalive() is not None, "BID 2 is gone")
        need(one.keepalive(0.3) is None, "the old port of BID 1 is still served")


@case
def flow_binding_of_unknown_identifiers(agent):
    with agent.node(7) as node:
        options = {"udp": "force", "caps": FEATURES}
        expect(node.register(**options))
        reply = node.register(bid=1, order=(8, 9), **options)
        need(reply.code in (0, 153), f"code {reply.code}")
        reply = node.register(bid=1, order=(1, 9), **options)
        need(reply.code in (0, 153) and not reply.defects, f"{reply.code} {reply.defects}")


@case
def numbers_are_free_per_packet(agent):
    with agent.node(7) as node:
        options = {"udp": "force", "caps": FEATURES}
        expect(node.register(**options))
        expect(node.register(bid=1, order=(1,), **options))
        number = 0
        for sequence, path in ((False, False), (True, False), (False, True), (True, True)) * 2:
            number += 1
            answer = node.keepalive(gre=True, sequence=number if sequence else None,
                                    path=1 if path else None, path_count=number)
            need(answer is not None, f"no answer with S {sequence}, K {path}")
        need(node.keepalive(gre=False) is not None, "no answer without GRE")


@case
def duplicate_tunnel_numbers_are_removed(agent):
    with agent.node(7) as node:
        options = {"udp": "force", "caps": FEATURES}
        told = expect(node.register(**options)).message.vendor("caps")
        if not told["bits"] & mip4.CAPS_S:
            return                  # the agent does not say that it removes any
        expect(node.register(bid=1, order=(1,), **options))
        for i in range(1, 6):
            packet = mip4.echo(node.home, agent.args.sink, 77, i, b"twice")
            for count in (2 * i, 2 * i + 1):
                node.send_inner(packet, True, i, 1, count)
        answers = []
        while (got := node.receive_inner(0.7)) is not None:
            echo = mip4.decode_echo(got[1])
            if echo and echo[:2] == (0, 77):
                answers.append((echo[2], got[0].sequence))
        need(sorted({n for n, _ in answers}) == [1, 2, 3, 4, 5], f"answered {answers}")
        need(len({s for _, s in answers}) == 5 or len(answers) == 5,
             f"duplicates went inside: {answers}")


@case
def wrong_home_agent_field(agent):
    with agent.node(7, agent_field="203.0.113.99") as node:
        reply = node.answer_to(node.request(udp="force"), 2)
        need(reply is not None and reply.code == 136, f"code {reply and reply.code}")
        need(reply.message.home_agent == agent.args.ha, f"names {reply.message.home_agent}")


@case
def reserved_flags_and_broadcast_are_ignored(agent):
    with agent.node(7) as node:
        expect(node.register(udp="force", flags=mip4.FLAG_D | mip4.FLAG_T | mip4.FLAG_R |
                             mip4.FLAG_X | mip4.FLAG_B))
        raw = mip4.ext("UdpTunnelRequest", reserved1=0xff, flags=0x80 | 0x3f)
        reply = expect(node.register(udp="no", extra=[raw]))
        need(reply.udp_code == 0, f"UDP Tunnel Reply {reply.udp_code}")


@case
def capabilities_of_another_vendor_are_skipped(agent):
    with agent.node(7) as node:
        expect(node.register(udp="force", extra=[
            mip4.vendor(1, b"\1\1" + bytes(8), 9), mip4.vendor(77, b"new", mip4.VENDOR),
            mip4.ext_raw(133, b"old vendor shape"), mip4.ext_raw(200, b"")]))


@case
def the_last_state_is_left_clean(agent):
    for which in (7, 8, 9):
        with agent.node(which) as node:
            expect(node.register(udp="force"))
            expect(node.deregister_all(udp="no"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--ha", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--natted", metavar="ADDR", help="own address behind a NAT")
    parser.add_argument("--nat", metavar="ADDR", help="what the agent sees of it")
    parser.add_argument("--sink", default="192.0.2.80", metavar="ADDR")
    parser.add_argument("--key", required=True)
    parser.add_argument("--key2", required=True)
    parser.add_argument("--key3", required=True)
    parser.add_argument("--only", action="append", default=[])
    args = parser.parse_args()
    agent, count, failures = Agent(args), 0, 0
    for function in CASES:
        name = function.__name__.replace("_", " ")
        if args.only and function.__name__ not in args.only:
            continue
        count += 1
        try:
            function(agent)
            print(f"ok {name}", flush=True)
        except (AssertionError, mn.NoReply, OSError) as why:
            failures += 1
            print(f"not ok {name}: {why}", flush=True)
    print(f"1..{count}")
    return min(failures, 99)


if __name__ == "__main__":
    sys.exit(main())
