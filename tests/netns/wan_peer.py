#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What passes wanem, seen by sockets.

  wan_peer.py hear ADDR PORT             numbered datagrams until SIGTERM; then one JSON object
  wan_peer.py say ADDR PORT N INTERVAL   sends so many of them, INTERVAL s apart
  wan_peer.py nat NAMESPACE OUR-ADDR NAT-ADDR ADDR ADDR COMMAND...
                                         address translation, from here to sockets at two addresses
                                         of NAMESPACE; COMMAND... takes lines for wanem; prints TAP

hear tells how many `different` ones came, how many came twice, how many came behind a later one
(`reordered`), how many came before one that was earlier by just one (`jumped`), and how long the
runs of missing ones are (`mean_burst`)."""

import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

NEWNET = 0x40000000
TIMEOUT_MS = 400


def hear(address, port):
    numbers = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        sock.bind((address, int(port)))
        signal.signal(signal.SIGTERM, lambda *_: sock.setblocking(False))
        print("ready", flush=True)
        try:
            while True:
                numbers.append(struct.unpack(">I", sock.recv(2048)[:4])[0])
        except BlockingIOError:
            print(json.dumps(judge(numbers)), flush=True)


def judge(numbers):
    highest, reordered, jumped = -1, 0, 0
    for number in numbers:
        reordered += number < highest
        jumped += number > highest + 1
        highest = max(highest, number)
    came = sorted(set(numbers))
    gaps = [b - a - 1 for a, b in zip(came, came[1:]) if b - a > 1]
    return {"different": len(came), "duplicates": len(numbers) - len(came),
            "reordered": reordered, "jumped": jumped,
            "mean_burst": round(sum(gaps) / len(gaps), 2) if gaps else 0}


def say(address, port, count, interval):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, int(port)))
        start = time.monotonic()
        for number in range(int(count)):
            sock.send(struct.pack(">I", number).ljust(100, b"."))
            time.sleep(max(0, start + (number + 1) * float(interval) - time.monotonic()))


# ---------------------------------------------------------------- address translation

class Outside:
    """Sockets in another namespace."""

    def __init__(self, namespace):
        self.other = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
        self.own = os.open("/proc/self/ns/net", os.O_RDONLY)

    def socket(self, kind, address, port):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(self.other, NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            sock = socket.socket(socket.AF_INET, kind)
        finally:
            libc.setns(self.own, NEWNET)
        sock.bind((address, port))
        sock.settimeout(2)
        return sock


class Nat:
    """The inside socket and three outside: two ports of one address, one of another."""

    def __init__(self, args):
        namespace, self.own, self.address, self.near, self.far = args[:5]
        self.command = args[5:]
        self.outside = Outside(namespace)
        self.remotes = [self.outside.socket(socket.SOCK_DGRAM, a, p)
                        for a, p in ((self.near, 7001), (self.near, 7002), (self.far, 7001))]
        self.inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inside.bind((self.own, 6000))
        self.inside.settimeout(2)
        self.count = self.failed = 0

    def wanem(self, line):
        subprocess.run([*self.command, line], check=True, stdout=subprocess.DEVNULL)

    def check(self, name, good, seen):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}{'' if good else f': {seen}'}")

    def ports(self, remotes):
        """The inside sends to each remote; as which endpoint each one sees it."""
        seen = []
        for remote in remotes:
            self.inside.sendto(b"out", remote.getsockname())
            address, port = remote.recvfrom(100)[1]
            seen.append(port if address == self.address else None)
        return seen

    def passes(self, remotes, port):
        """Which remotes reach the inside at this port. The last one is known to: what it sends
        comes behind whatever else passes."""
        for remote in remotes:
            remote.sendto(b"%d" % self.remotes.index(remote), (self.address, port))
        got = []
        while not got or got[-1] != self.remotes.index(remotes[-1]):
            got.append(int(self.inside.recv(100)))
        return got

    def reset(self, words):
        self.wanem(f"nat address {self.address} {words}")

    def mapping_kinds(self):
        for kind, same in (("independent", (True, True)), ("address", (True, False)),
                           ("address-and-port", (False, False))):
            self.reset(f"mapping {kind}")
            first, port, address = self.ports(self.remotes)
            self.check(f"mapping {kind}", None not in (first, port, address) and
                       (first == port, first == address) == same, (first, port, address))
            self.check(f"mapping {kind} stays", self.ports(self.remotes) == [first, port, address],
                       first)

    def filtering_kinds(self):
        for kind, wanted in (("independent", [2, 1, 0]), ("address", [1, 0]),
                             ("address-and-port", [0])):
            self.reset(f"filtering {kind}")
            port = self.ports(self.remotes[:1])[0]
            got = self.passes(self.remotes[::-1], port)
            self.check(f"filtering {kind}", got == wanted, got)

    def timeouts(self):
        self.reset(f"udp {TIMEOUT_MS}ms ports 30000 30999")
        old = self.ports(self.remotes[:1])[0]
        self.check("ports are from the range", old in range(30000, 31000), old)
        start = asked = time.monotonic()
        self.inside.settimeout(0.5)
        try:
            while asked < start + 10:
                asked = time.monotonic()
                self.passes(self.remotes[:1], old)
        except TimeoutError:
            pass
        self.inside.settimeout(2)
        lived = (asked - start) * 1000
        self.check("a mapping ends, what comes in does not prolong it",
                   0.9 * TIMEOUT_MS < lived < TIMEOUT_MS + 1000, lived)
        new = self.ports(self.remotes[:1])[0]
        self.check("the next one has another port", new != old, (old, new))

    def rebinding(self):
        self.reset("")
        old = self.ports(self.remotes)
        self.wanem("rebind")
        self.remotes[1].sendto(b"1", (self.address, old[0]))
        new = self.ports(self.remotes)
        self.check("rebinding changes the port", new[0] != old[0], (old, new))
        got = self.passes(self.remotes[:1], new[0])
        self.check("the new one is answered, the old one refused", got == [0], got)

    def tcp(self):
        with self.outside.socket(socket.SOCK_STREAM, self.near, 7003) as listener:
            listener.listen()
            with socket.create_connection((self.near, 7003), 5) as near:
                far, (address, _) = listener.accept()
                far.sendall(b"x" * 100000)
                far.close()
                got = b"".join(iter(lambda: near.recv(65536), b""))
            self.check("TCP is translated both ways", address == self.address and
                       len(got) == 100000, (address, len(got)))


def nat(*args):
    # One processor: what two of them send may overtake each other on its way into a veth.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    one = Nat(args)
    one.mapping_kinds()
    one.filtering_kinds()
    one.timeouts()
    one.rebinding()
    one.tcp()
    sys.exit(1 if one.failed else 0)


if __name__ == "__main__":
    {"hear": hear, "say": say, "nat": nat}[sys.argv[1]](*sys.argv[2:])
