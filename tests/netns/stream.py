#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A UDP stream, its echo, and what a capture tells about it.

  stream.py echo ADDR PORT                       answers every datagram
  stream.py send ADDR PORT [--rate 50] [--size 172] [--seconds 0]
  stream.py measure PCAP HOST [--port PORT] [--from T] [--until T]
                                                 prints one JSON object

A datagram carries `RQSTREAM`, a sequence number and the time of sending.  measure reads a capture
at the sending host: the outage is the longest time without an echo, less one interval; `after`
counts the echoes since of what was sent from --from on."""

import argparse
import json
import socket
import statistics
import struct
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/peers")
import mip4     # noqa: E402  (the path above leads to it)

MAGIC = b"RQSTREAM"


def echo(args):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((args.address, args.port))
        print("ready", flush=True)
        while True:
            data, source = sock.recvfrom(65535)
            sock.sendto(data, source)


def send(args):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((args.address, args.port))
        start, number = time.monotonic(), 0
        while not args.seconds or number < args.seconds * args.rate:
            body = MAGIC + struct.pack(">Id", number, time.time())
            try:
                sock.send(body.ljust(args.size, b"."))
            except OSError:
                pass            # an ICMP error of before; the capture tells what went out
            number += 1
            time.sleep(max(0, start + number / args.rate - time.monotonic()))


def read(args):
    """Times of sending and of echoes by sequence number."""
    out, back = {}, {}
    for _, at, packet in mip4.pcap(args.pcap):
        datagram = mip4.udp_of(packet)
        if not datagram or args.port not in (datagram[1], datagram[3]):
            continue
        body = datagram[4]
        if body[:8] != MAGIC or len(body) < 12:
            continue
        number = struct.unpack(">I", body[8:12])[0]
        if datagram[0] == args.host:
            out[number] = at
        else:
            back.setdefault(number, []).append(at)
    return out, back


def measure(args):
    out, back = read(args)
    first = args.start or min(out.values(), default=0)
    last = args.until or max(out.values(), default=0)
    sent = {n: t for n, t in out.items() if first <= t <= last}
    echoes = sorted(t for times in back.values() for t in times if first - 1 <= t <= last + 1)
    fresh = [t for n in sent for t in back.get(n, [])]
    gaps = [(b - a, a) for a, b in zip(echoes, echoes[1:])]
    step = statistics.median(b - a for a, b in zip(sorted(out.values()), sorted(out.values())[1:]))
    longest, when = max(gaps, default=(last - first, first))
    lost = [n for n in sent if n not in back]
    late = [n for n in sent if n in back and back[n][0] - sent[n] > args.late]
    print(json.dumps({
        "sent": len(sent), "lost": len(lost), "late": len(late),
        "duplicates": sum(len(t) - 1 for n, t in back.items() if n in sent),
        "reordered": reordered(back),
        "outage_ms": round(max(0, longest - step) * 1000, 1), "outage_at": round(when, 3),
        "after": len([t for t in fresh if t >= when + longest]),
        "rtt_ms": round(statistics.median(
            [back[n][0] - sent[n] for n in sent if n in back] or [0]) * 1000, 2)}))


def reordered(back):
    arrivals = sorted((times[0], n) for n, times in back.items())
    highest, count = -1, 0
    for _, number in arrivals:
        count += number < highest
        highest = max(highest, number)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    sub = parser.add_subparsers(dest="verb", required=True)
    for verb, function in (("echo", echo), ("send", send)):
        one = sub.add_parser(verb)
        one.add_argument("address")
        one.add_argument("port", type=int)
        one.set_defaults(function=function)
    one.add_argument("--rate", type=float, default=50)
    one.add_argument("--size", type=int, default=172)
    one.add_argument("--seconds", type=float, default=0)
    one = sub.add_parser("measure")
    one.add_argument("pcap")
    one.add_argument("host")
    one.add_argument("--port", type=int, default=5004)
    one.add_argument("--from", dest="start", type=float)
    one.add_argument("--until", type=float)
    one.add_argument("--late", type=float, default=0.06, metavar="S")
    one.set_defaults(function=measure)
    args = parser.parse_args()
    try:
        args.function(args)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
