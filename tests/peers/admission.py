#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a home agent admits and refuses, from outside and by its own list.

Each reply code that the agent says it can give (mipctl counters) is provoked at least once; each row
of the NAT table (RFC 3519; protocol/mipv4.md 8.2), per router and its udp-tunnel setting; nonces; a
key rolled over; revocation; a path whose outer address changes.  It writes the agent's configuration
itself (`--write`), changes it and sends SIGHUP.  Prints "ok NAME" or "not ok NAME: why".
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import mip4
import mn
from honest import expect, need
from mip4 import FLAG_D, FLAG_G, FLAG_M, FLAG_S, FLAG_T

GROUPS = {}


def case(group):
    def register(function):
        GROUPS.setdefault(group, []).append(function)
        return function
    return register


# ---------------------------------------------------------------- the agent's configuration

# name: SPIs, home address, networks, udp-tunnel
ROUTERS = {
    "site7": ([1007], "10.200.0.7", ["10.7.0.0/24"], "natted"),
    "node8": ([1008], "10.200.0.8", [], "natted"),
    "never": ([1011], "10.200.0.11", [], "no"),
    "always": ([1012], "10.200.0.12", [], "force"),
    "nonces": ([1013], "10.200.0.13", ["10.13.0.0/24"], "natted"),
    "first": ([1021], None, [], "natted"),
    "second": ([1022], None, [], "natted"),
    "third": ([1023], None, [], "natted"),
}
KEEPALIVE = 25


def key_of(spi):
    return hashlib.sha256(f"test key {spi}".encode()).hexdigest()


def association(spi):
    return mip4.Association(spi, key_of(spi))


def write_conf(folder, address, listen, routers):
    spis = [spi for row in routers.values() for spi in row[0]]
    with open(f"{folder}/keys.new", "w", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        for spi in spis:
            style = " replay=nonces" if spi == 1013 else ""
            file.write(f"{spi} hmac-sha256 {key_of(spi)}{style}\n")
    os.rename(f"{folder}/keys.new", f"{folder}/keys")
    lines = [f'keys = "{folder}/keys"', "home-agent {", f"address = {{ {address} }}"]
    if listen:
        lines.append(f"listen = {{ {listen} }}")
    lines += ["home-network = 10.201.0.0/30", "max-lifetime = 600s", "max-paths = 2",
              f"nat-keepalive = {KEEPALIVE}s", f'store = "{folder}/had.db"', "internet = routed"]
    for name, (spis, home, networks, udp) in routers.items():
        lines += [f"mobile-router {name} {{", f"spi = {{ {', '.join(map(str, spis))} }}"]
        if home:
            lines.append(f"home-address = {home}")
        if networks:
            lines.append(f"networks = {{ {', '.join(networks)} }}")
        lines += [f"udp-tunnel = {udp}", "}"]
    with open(f"{folder}/raiic.conf", "w", encoding="utf-8") as file:
        file.write("\n".join(lines + ["}", ""]))


class Agent:
    def __init__(self, args):
        self.args, self.clocks = args, {}
        self.routers = dict(ROUTERS)

    def node(self, which, source=None, **options):
        """A fresh node; one clock per router, as Identifications must grow."""
        spis, home, _, _ = self.routers[which]
        fresh = mip4.Nonces if which == "nonces" else mip4.Identifications
        options.setdefault("clock", self.clocks.setdefault(which, fresh()))
        options.setdefault("home", home or "0.0.0.0")
        return contextlib.closing(mn.MobileNode(
            self.args.ha, association(spis[0]), source or self.args.source, name=which,
            **options))

    def ctl(self, *words):
        return subprocess.run([self.args.mipctl, "-b", f"{self.args.folder}/bus", *words],
                              capture_output=True, text=True, check=False)

    def counters(self):
        return json.loads(self.ctl("counters", "--json").stdout)["had"]

    def log(self):
        with open(self.args.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_log(self, text, before=0, timeout=5):
        end = time.monotonic() + timeout
        while self.log().count(text) <= before:
            need(time.monotonic() < end, f"the log does not say {text!r}")
            time.sleep(0.02)

    def reload(self):
        before = self.log().count("configuration applied")
        write_conf(self.args.folder, self.args.ha, self.args.listen, self.routers)
        os.kill(self.args.pid, signal.SIGHUP)
        self.wait_log("configuration applied", before)


# ---------------------------------------------------------------- each reply code

def signed(node, extensions, **fields):
    """A request of exactly these extensions behind the NAI."""
    fields.setdefault("home_address", node.home)
    fields.setdefault("home_agent", node.agent)
    fields.setdefault("care_of_address", node.careof)
    raw = mip4.encode(mip4.RRQ, [mip4.nai(node.name)] + extensions, flags=FLAG_D | FLAG_T,
                      lifetime=300, identification=node.clock.next(), **fields)
    return node.sa.sign(raw)


def ask(node, raw):
    reply = node.answer_to(raw, 2)
    need(reply is not None, "no reply")
    return reply


FORCE = [mip4.udp_request(True)]


def accepted(agent):
    with agent.node("site7") as node:
        return node.register(udp="force")


def accepted_without_simultaneous(agent):
    with agent.node("site7") as node:
        return node.register(udp="force", flags=FLAG_S | FLAG_D | FLAG_T)


def prohibited(agent):
    with agent.node("node8", home="10.200.0.99") as node:
        return node.register(udp="force", tries=1)


def resources(agent):
    """T067: a pool of two: the third is refused; one leaves, and it gets in."""
    with agent.node("first") as one, agent.node("second") as two, agent.node("third") as three:
        expect(one.register(udp="force"))
        expect(two.register(udp="force"))
        need({one.home, two.home} == {"10.201.0.1", "10.201.0.2"}, f"{one.home}, {two.home}")
        reply = three.register(udp="force")
        expect(two.deregister(udp="force"))
        expect(three.register(udp="force"))
        need(three.home == two.home, f"got {three.home}")
        expect(one.deregister(udp="force"))
        expect(three.deregister(udp="force"))
        return reply


def authentication(agent):
    with agent.node("site7") as node:
        wrong = mip4.Association(1007, bytes(32))
        raw = node.request(udp="force", sa=wrong)
        reply = ask(node, raw)
        need(len(reply.raw) <= len(raw), f"{len(reply.raw)} octets for {len(raw)}")
        return reply


def identification(agent):
    with agent.node("site7") as node:
        return ask(node, node.request(udp="force", ident=node.clock.at(-3600)))


def poorly_formed(agent):
    with agent.node("site7") as node:
        reply = ask(node, signed(node, FORCE, care_of_address="224.0.0.5"))
        need(ask(node, signed(node, FORCE * 2)).code == 134, "two UDP Tunnel Requests")
        return reply


def too_many_bindings(agent):
    with contextlib.ExitStack() as nodes:
        three = [nodes.enter_context(agent.node("site7")) for _ in range(3)]
        options = {"udp": "force", "caps": mip4.CAPS_MULTIPATH}
        for number, node in enumerate(three[:2]):
            expect(node.register(bid=number + 1, **options))
        reply = three[2].register(bid=3, **options)
        need(three[1].keepalive() is not None, "the refusal took a binding away")
        expect(three[0].deregister_all())
        return reply


def unknown_home_agent(agent):
    with agent.node("site7", agent_field="203.0.113.99") as node:
        reply = ask(node, node.request(udp="force"))
        need(reply.message.home_agent == agent.args.ha, f"names {reply.message.home_agent}")
        return reply


def encapsulation(agent):
    with agent.node("site7") as node:
        return node.register(udp="no", flags=FLAG_D | FLAG_T | FLAG_G)


def vendor_before(agent):
    with agent.node("site7") as node:
        return ask(node, signed(node, FORCE + [mip4.cvse()]))


def vendor_behind(agent):
    with agent.node("site7") as node:
        return ask(node, node.request(udp="force", behind=mip4.cvse()))


def zero_careof(agent):
    with agent.node("site7") as node:
        return ask(node, signed(node, FORCE, care_of_address="0.0.0.0"))


def udp_encapsulation(agent):
    with agent.node("site7") as node:
        return node.register(udp="no", extra=[mip4.udp_request(True, encapsulation=55)])


def network_error(agent):
    with agent.node("site7") as node:
        return node.register(udp="force", networks=["10.8.0.0/24"])


def no_mobile_router(agent):
    with agent.node("node8") as node:
        return node.register(udp="force", networks=["10.8.0.0/24"])


def multipath(agent):
    with agent.node("site7") as node:
        return node.register(udp="force", bid=1)


def flow_binding(agent):
    with agent.node("site7") as node:
        return node.register(udp="force", bid=1, order=(7, 8), caps=mip4.CAPS_MULTIPATH)


CODES = {
    0: accepted, 1: accepted_without_simultaneous, 129: prohibited, 130: resources,
    131: authentication, 133: identification, 134: poorly_formed, 135: too_many_bindings,
    136: unknown_home_agent, 139: encapsulation, 140: vendor_before, 141: vendor_behind,
    142: udp_encapsulation, 145: zero_careof, 147: network_error, 148: no_mobile_router, 152: multipath,
    153: flow_binding,
}


@case("codes")
def each_reply_code_is_provoked_and_refuses_with_a_line(agent):
    provoked = []
    for code, function in CODES.items():
        said = agent.counters()[f"code-{code}"]
        try:
            expect(function(agent), code)
        except AssertionError as why:
            raise AssertionError(f"{function.__name__}: {why}") from why
        need(agent.counters()[f"code-{code}"] > said, f"code {code} was not counted")
        need(code < 2 or f": code {code} (" in agent.log(), f"no line about code {code}")
        provoked.append(code)
    print(f"# codes provoked: {' '.join(map(str, provoked))}")
    known = {int(name[5:]) for name in agent.counters() if name.startswith("code-")}
    need(known == set(provoked), f"the agent can say {sorted(known ^ set(provoked))} as well")


@case("codes")
def an_agent_is_found_by_asking_all_hosts_of_its_home_network(agent):
    """RFC 5944 3.6.1.2: the request goes to the directed broadcast address; 136 names the agent."""
    with agent.node("site7", agent_field="10.201.0.3") as node:
        node.agent, node.answers_from = "10.201.0.3", agent.args.ha
        reply = expect(ask(node, node.request(udp="force")), 136)
        need(reply.message.home_agent == agent.args.ha, f"names {reply.message.home_agent}")


@case("codes")
def a_challenge_goes_back_and_aaa_proves_nothing(agent):
    """RFC 4721: both are between the router, a foreign agent and its AAA servers."""
    challenge = mip4.ext_raw(132, b"a challenge")
    aaa = mip4.ext_raw(36, (1007).to_bytes(4, "big") + bytes(16), 1)
    with agent.node("site7") as node:
        expect(node.register(udp="force", behind=challenge + aaa))
        expect(ask(node, signed(node, FORCE + [aaa])), 134)
        plain = node.request(udp="force")
        head = mip4.decode(plain).first("MobileHomeAuth").offset
        need(node.answer_to(plain[:head] + aaa, 0.5) is None, "MN-AAA alone is answered")


# ---------------------------------------------------------------- NAT traversal, row by row

HERE, NATTED = "here", "natted"
# router, where, 144 (F, encapsulation, reserved 3) or None, flags of the request,
# behind MN-HA, code, F and code of the UDP Tunnel Reply
NAT_ROWS = {
    "asked, no NAT": ("site7", HERE, (0, 0, 0), FLAG_D, False, 139, None),
    "asked, NAT": ("site7", NATTED, (0, 0, 0), FLAG_D, False, 0, (False, 0)),
    "forced, no NAT": ("site7", HERE, (1, 0, 0), FLAG_D, False, 0, (True, 0)),
    "forced, NAT": ("site7", NATTED, (1, 0, 0), FLAG_D, False, 0, (True, 0)),
    "forced, forbidden": ("never", HERE, (1, 0, 0), FLAG_D, False, 129, None),
    "NAT, forbidden": ("never", NATTED, (0, 0, 0), FLAG_D, False, 129, None),
    "forced, NAT, forbidden": ("never", NATTED, (1, 0, 0), FLAG_D, False, 129, None),
    "asked, no NAT, the agent insists": ("always", HERE, (0, 0, 0), FLAG_D, False, 0, (False, 0)),
    "no D": ("site7", NATTED, (0, 0, 0), 0, False, 134, None),
    "behind MN-HA": ("site7", NATTED, (0, 0, 0), FLAG_D, True, 134, None),
    "behind MN-HA, no D": ("site7", NATTED, (0, 0, 0), 0, True, 129, None),
    "minimal encapsulation": ("site7", NATTED, (0, 55, 0), FLAG_D, False, 142, None),
    "M flag": ("site7", NATTED, (0, 0, 0), FLAG_D | FLAG_M, False, 142, None),
    "GRE": ("site7", NATTED, (0, 47, 0), FLAG_D, False, 0, (False, 0)),
    "IP-in-IP over the flag G": ("site7", NATTED, (0, 4, 0), FLAG_D | FLAG_G, False, 0, (False, 0)),
    "reserved 3, no NAT": ("site7", HERE, (1, 0, 1), FLAG_D, False, 139, None),
    "reserved 3, NAT": ("site7", NATTED, (1, 0, 1), FLAG_D, False, 129, None),
    "absent, NAT": ("site7", NATTED, None, FLAG_D, False, 129, None),
    "absent, no NAT": ("site7", HERE, None, FLAG_D, False, 139, None),
}


@case("nat")
def each_row_of_the_table(agent):
    for name, (router, where, asked, flags, behind, code, answer) in NAT_ROWS.items():
        extra = [mip4.ext("UdpTunnelRequest", flags=0x80 if asked[0] else 0,
                          encapsulation=asked[1], reserved3=asked[2])] if asked else []
        source = agent.args.natted if where is NATTED else agent.args.source
        with agent.node(router, source) as node:
            reply = node.register(udp="no", flags=flags | FLAG_T, extra=[] if behind else extra,
                                  behind=b"".join(extra) if behind else b"")
            try:
                expect(reply, code)
                check_udp_reply(node, reply, answer)
            except AssertionError as why:
                raise AssertionError(f"{name}: {why}") from why
    print(f"# {len(NAT_ROWS)} rows")


def check_udp_reply(node, reply, answer):
    got = reply.message.first("UdpTunnelReply")
    if answer is None:
        need(got is None, "UDP Tunnel Reply in a refusal")
        return
    need(got is not None, "no UDP Tunnel Reply")
    need((bool(got.fields["F"]), got.fields["code"]) == answer, f"{got.fields}")
    need(got.fields["keepalive_interval"] == KEEPALIVE,
         f"keepalive {got.fields['keepalive_interval']}")
    need(node.keepalive() is not None or node.keepalive(gre=True) is not None,
         "no answer to a keepalive")


@case("nat")
def an_outer_address_that_changes_is_logged_and_limited(agent):
    """RFC 3519 6.1.1: nobody signs the outer source, so it may not jump about."""
    with agent.node("site7") as one, agent.node("site7") as two, agent.node("site7") as three:
        expect(one.register(udp="force"))
        time.sleep(1.1)                 # earlier cases have moved this path: its second has to pass
        moves, fast = agent.log().count("care-of address"), agent.counters().get("moves-too-fast", 0)
        expect(two.register(udp="force"))
        agent.wait_log(f"site7: outer address is {two.source}:{two.port} and was "
                       f"{one.source}:{one.port}, care-of address {two.careof} as before")
        need(three.answer_to(three.request(udp="force"), 0.3) is None, "a second move at once")
        need(agent.counters()["moves-too-fast"] == fast + 1, "it is not counted")
        need(two.keepalive() is not None, "the path has moved all the same")
        need(moves < agent.log().count("care-of address"), "no line")
        expect(three.register(udp="force", tries=4))    # repeated, it gets through


# ---------------------------------------------------------------- nonces, keys

@case("replay")
def nonces_are_learnt_from_the_first_refusal(agent):
    with agent.node("nonces") as node:
        reply = node.register(udp="force", networks=["10.13.0.0/24"])
        expect(reply)
        need(node.keepalive() is not None, "no answer to a keepalive")
        used = reply.request.identification >> 32
        for _ in range(5):
            expect(node.register(udp="force", correct=False))
        node.clock.nonce = used
        expect(node.register(udp="force", correct=False), 133)
        need(node.clock.nonce != used, "the nonce is not a new one")
        expect(node.deregister(udp="force", correct=False))


@case("replay")
def a_key_is_rolled_over_without_an_outage(agent):
    """Both keys valid, the router changes over, the old one goes: the tunnel answers all the time."""
    with agent.node("site7") as node:
        expect(node.register(udp="force"))
        spis, home, networks, udp = agent.routers["site7"]
        agent.routers["site7"] = (spis + [1107], home, networks, udp)
        agent.reload()
        need(node.keepalive() is not None, "the binding went when a key came")
        expect(node.register(udp="force"))              # the old one still counts
        node.sa = association(1107)
        expect(node.register(udp="force"))
        agent.routers["site7"] = ([1107], home, networks, udp)
        agent.reload()
        need(node.keepalive() is not None, "the binding went with the key that is not used")
        expect(node.register(udp="force"))
        node.sa = association(1007)
        need(node.answer_to(node.request(udp="force"), 0.5) is None, "the old key is answered")
        node.sa = association(1107)
        expect(node.deregister(udp="force"))
    agent.routers["site7"] = (spis, home, networks, udp)
    agent.reload()


# ---------------------------------------------------------------- revocation

def supporting(node, **options):
    """Registers and says that it knows revocation; the timestamp of the agent."""
    asked = mip4.revocation_support(int(time.time()) + mip4.NTP_EPOCH)
    options.setdefault("udp", "force")
    reply = expect(node.register(extra=[asked], **options))
    got = reply.message.first("RevocationSupport")
    need(got is not None, "no Revocation Support in the reply")
    return got.fields["timestamp"]


def expect_revocation(node, agent, timestamp):
    message = node.await_revocation()
    need(message is not None, "no revocation came")
    need(message.flags == 0x8000, f"flags {message.flags:#x}")
    need(message.home_address == node.home, f"home address {message.home_address}")
    need(message.home_domain_address == agent.args.ha, f"agent {message.home_domain_address}")
    need(message.foreign_domain_address == node.careof,
         f"care-of address {message.foreign_domain_address}")
    need(message.identifier > timestamp, f"{message.identifier} is not newer than {timestamp}")
    return message


@case("revocation")
def an_operator_cuts_a_router_off(agent):
    with agent.node("site7", agent.args.natted) as node:
        timestamp = supporting(node)
        need(node.keepalive() is not None, "no answer to a keepalive")
        out = agent.ctl("revoke", "site7")
        need(out.returncode == 0 and "1 paths ended" in out.stdout, f"{out}")
        first = expect_revocation(node, agent, timestamp)
        need(node.keepalive(0.3) is None, "the tunnel still answers")
        times = [time.monotonic()]
        for _ in range(2):
            again = node.await_revocation(8)
            times.append(time.monotonic())
            need(again is not None and again.identifier > first.identifier, "not repeated anew")
        need(times[2] - times[1] > 1.5 * (times[1] - times[0]), f"pauses do not grow: {times}")
        node.acknowledge(again, association(1008))
        need(agent.counters().get("revocations-acknowledged", 0) == 0, "a forged acknowledgment")
        node.acknowledge(again)
        agent.wait_log("revocation acknowledged: home 10.200.0.7")
        need(node.await_revocation(5) is None, "repeated although acknowledged")
        need(supporting(node) >= again.identifier, "an old revocation would end the new binding")
        need(node.keepalive() is not None, "it may not come back")
        expect(node.deregister())
    out = agent.ctl("revoke", "site7", "--json")
    need(out.returncode == 1 and "error" in json.loads(out.stdout), f"{out}")


@case("revocation")
def each_path_is_told(agent):
    with agent.node("site7") as one, agent.node("site7", agent.args.natted) as two:
        stamps = [supporting(node, bid=bid, caps=mip4.CAPS_MULTIPATH)
                  for bid, node in enumerate((one, two), 1)]
        need(agent.ctl("revoke", "10.200.0.7").returncode == 0, "not by the home address")
        for node, stamp in zip((one, two), stamps):
            node.acknowledge(expect_revocation(node, agent, stamp))
        need(one.await_revocation(1.5) is None, "repeated although acknowledged")


@case("revocation")
def a_router_taken_out_of_the_configuration_is_told(agent):
    with agent.node("node8") as node:
        timestamp = supporting(node)
        row = agent.routers.pop("node8")
        agent.reload()
        node.acknowledge(expect_revocation(node, agent, timestamp))
        need(node.answer_to(node.request(udp="force"), 0.5) is None, "it is answered")
        agent.routers["node8"] = row
        agent.reload()
        expect(node.register(udp="force"))
        expect(node.deregister())


@case("revocation")
def tunnel_data_of_the_forgotten_gets_one_revocation(agent):
    """After a loss of the store: once, never longer than its cause, nothing for who is known."""
    with agent.node("always") as node:
        expect(node.deregister(udp="force"))
        small = mip4.echo(node.home, agent.args.ha, 7, 7)
        for _ in range(5):
            node.send_inner(small)
        need(node.await_revocation(1) is None, f"longer than the {len(small) + 4} octets sent")
        time.sleep(1.1)         # tunneld hints once a second about one source
        large = mip4.echo(node.home, agent.args.ha, 7, 7, bytes(100))
        for _ in range(5):
            node.send_inner(large)
        message = node.await_revocation()
        need(message is not None and message.home_address == node.home, "no revocation")
        node.send_inner(large)
        need(node.await_revocation(1.5) is None, "a second one")
        expect(node.register(udp="force"))
        with agent.node("always") as stranger:
            stranger.send_inner(large)
            need(stranger.await_revocation(1.5) is None, "a stranger is told about a live binding")
        expect(node.deregister(udp="force"))


# ---------------------------------------------------------------- restarts (DESIGN.md section 8)

SECOND = 1 << 32                # of an Identification


@case("kept")
def the_last_accepted_request_is_written_down(agent):
    with agent.node("site7") as node:
        request = expect(node.register(udp="force")).request
    with open(f"{agent.args.folder}/last", "w", encoding="utf-8") as file:
        json.dump({"ident": request.identification, "raw": request.raw.hex(),
                   "port": node.port}, file)


@case("restarted")
def nothing_up_to_the_stored_stamp_and_two_seconds_is_fresh(agent):
    with open(f"{agent.args.folder}/last", encoding="utf-8") as file:
        last = json.load(file)
    need('"10.200.0.7"' in agent.ctl("bindings", "--json").stdout, "the binding is not back")
    with agent.node("site7", port=last["port"]) as node:
        need(node.keepalive() is not None, "no answer to a keepalive")
        expect(ask(node, bytes.fromhex(last["raw"])), 133)
        expect(ask(node, node.request(udp="force", ident=last["ident"] + SECOND)), 133)
        later = max(node.clock.at(), last["ident"] + 2 * SECOND + 1)
        expect(ask(node, node.request(udp="force", ident=later)))


@case("lost")
def without_a_store_nothing_stamped_before_the_start_is_fresh(agent):
    with agent.node("node8") as node:       # of whom tunneld has nothing to tell either
        expect(ask(node, node.request(udp="force", ident=node.clock.at(-6.5))), 133)
        expect(node.register(udp="force", correct=False))
        expect(node.deregister(udp="force"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--folder", required=True, help="of the agent: configuration, keys, bus")
    parser.add_argument("--ha", required=True, metavar="ADDR")
    parser.add_argument("--listen", metavar="ADDR", help="where it is bound, if not there")
    parser.add_argument("--write", action="store_true", help="the configuration, and no more")
    parser.add_argument("--source", metavar="ADDR")
    parser.add_argument("--natted", metavar="ADDR", help="own address behind a NAT")
    parser.add_argument("--mipctl")
    parser.add_argument("--pid", type=int, help="of had")
    parser.add_argument("--log", help="of had")
    parser.add_argument("--only", action="append", choices=sorted(GROUPS), default=[])
    args = parser.parse_args()
    if args.write:
        write_conf(args.folder, args.ha, args.listen, ROUTERS)
        return 0
    agent, count, failures = Agent(args), 0, 0
    for group, functions in GROUPS.items():
        for function in functions if not args.only or group in args.only else ():
            count += 1
            name = re.sub("_", " ", function.__name__)
            try:
                function(agent)
                print(f"ok {group}: {name}", flush=True)
            except (AssertionError, mn.NoReply, OSError, mip4.Malformed) as why:
                failures += 1
                print(f"not ok {group}: {name}: {why}", flush=True)
    print(f"1..{count}")
    return min(failures, 99)


if __name__ == "__main__":
    sys.exit(main())
