#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A second opinion on captured Mobile IP: every packet on UDP 434 has to be well-formed for tshark.

Formats that tshark does not know or misreads (protocol/mipv4.md section 22: messages 18-21 and
24-27, extensions 48, 50 and 154, next headers 47 and 55) are decoded with mip4.py instead.  Where
both know a message they have to agree on its fields.  Prints counts; exits 1 on any disagreement,
2 when nothing was there to check.  --source looks at packets from these addresses only.
"""

import argparse
import collections
import json
import subprocess
import sys

import mip4

# header fields of tshark and ours, by message type
FIELDS = {
    mip4.RRQ: {"mip.life": "lifetime", "mip.homeaddr": "home_address", "mip.haaddr": "home_agent",
               "mip.coa": "care_of_address", "mip.flags": "flags"},
    mip4.RRP: {"mip.life": "lifetime", "mip.homeaddr": "home_address", "mip.haaddr": "home_agent",
               "mip.code": "code"},
    mip4.REVOCATION: {"mip.homeaddr": "home_address", "mip.revid": "identifier",
                      "mip.rev.hda": "home_domain_address", "mip.rev.fda": "foreign_domain_address"},
    mip4.REVOCATION_ACK: {"mip.homeaddr": "home_address", "mip.revid": "identifier"},
}
FOREIGN_MESSAGES = {18, 19, 20, 21, mip4.HOTI, mip4.COTI, mip4.HOT, mip4.COT}
FOREIGN_EXTENSIONS = {48, 50, 154}
COLUMNS = ["frame.number", "_ws.malformed", "mip.type", "mip.life", "mip.homeaddr", "mip.haaddr",
           "mip.coa", "mip.flags", "mip.code", "mip.revid", "mip.rev.hda", "mip.rev.fda",
           "mip.ext.type", "mip.auth.spi", "mip.auth.auth", "mip.nattt.nexthdr"]


def tshark(path):
    """{frame: {column: [values]}} of every Mobile IP frame."""
    command = ["tshark", "-n", "-r", path, "-Y", "mip", "-T", "fields", "-E", "separator=/t",
               "-E", "aggregator=;", "-E", "occurrence=a"]
    for column in COLUMNS:
        command += ["-e", column]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    frames = {}
    for line in out.splitlines():
        values = dict(zip(COLUMNS, (v.split(";") if v else [] for v in line.split("\t"))))
        frames[int(values["frame.number"][0])] = values
    return frames


def number(text):
    return int(text, 0) if text[:2] == "0x" or text.isdigit() else text


class Check:
    def __init__(self, verbose):
        self.counts, self.failures, self.verbose = collections.Counter(), 0, verbose

    def fail(self, frame, why):
        self.failures += 1
        print(f"not ok frame {frame}: {why}")

    def packet(self, frame, payload, seen):
        if not payload:
            return
        if payload[0] == mip4.TUNNEL_DATA:
            self.tunnel(frame, payload, seen)
            return
        self.counts[f"message {payload[0]}"] += 1
        try:
            message = mip4.decode(payload)
        except mip4.Malformed as why:
            self.fail(frame, f"mip4: {why}: {payload.hex()}")
            return
        strange = mip4.must_discard(message)
        if strange:
            self.fail(frame, f"unregistered extension {strange.type}")
        for e in message.extensions:
            self.counts[f"extension {e.type}" + ("" if e.sub is None else f"/{e.sub}")] += 1
        own = {e.type for e in message.extensions} & FOREIGN_EXTENSIONS
        if own or payload[0] in FOREIGN_MESSAGES:
            self.counts["decoded by mip4 alone"] += 1
            if seen and seen["_ws.malformed"]:
                self.counts["flagged by tshark, format known to be beyond it"] += 1
            if not own:
                return
        elif seen is None:
            self.fail(frame, "tshark sees no Mobile IP")
            return
        elif seen["_ws.malformed"]:
            self.fail(frame, f"malformed for tshark: {payload.hex()}")
            return
        else:
            self.extensions(frame, message, seen)
        if seen:
            self.header(frame, message, seen)

    def header(self, frame, message, seen):
        for column, field in FIELDS.get(message.type, {}).items():
            if not seen[column]:
                self.fail(frame, f"tshark has no {column}")
                continue
            if number(seen[column][0]) != message.fields[field]:
                self.fail(frame, f"{field}: tshark {seen[column][0]}, mip4 {message.fields[field]}")
        self.counts["headers compared"] += 1

    def extensions(self, frame, message, seen):
        ours = [e.type for e in message.extensions if e.type]
        theirs = [number(v) for v in seen["mip.ext.type"]]
        if ours != theirs:
            self.fail(frame, f"extensions: tshark {theirs}, mip4 {ours}")
        auth = message.first("MobileHomeAuth")
        if auth:
            digests = [v.replace(":", "") for v in seen["mip.auth.auth"]]
            if auth.fields["authenticator"] not in digests:
                self.fail(frame, f"authenticator: tshark {digests}")
        self.counts["extension lists compared"] += 1

    def tunnel(self, frame, payload, seen):
        self.counts[f"tunnel data, next header {payload[1] if len(payload) > 1 else '?'}"] += 1
        try:
            data = mip4.decode_tunnel(payload)
            version = data.inner[0] >> 4 if data.inner else 0
            if data.protocol in (None, 0x0800) and version == 4:
                mip4.decode_ipv4(data.inner)
            elif not (version == 6 and data.protocol in (None, 0x86dd)):
                self.fail(frame, f"inner version {version}: {payload[:40].hex()}")
        except mip4.Malformed as why:
            self.fail(frame, f"tunnel data: {why}: {payload[:60].hex()}")
            return
        if payload[1] not in (mip4.NH_GRE, mip4.NH_MINIMAL) and seen and seen["_ws.malformed"]:
            self.fail(frame, f"malformed for tshark: {payload[:60].hex()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("pcap", nargs="+")
    parser.add_argument("--source", action="append", default=[], metavar="ADDR")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    check = Check(args.json)
    for path in args.pcap:
        seen = tshark(path)
        for frame, _, packet in mip4.pcap(path):
            datagram = mip4.udp_of(packet)
            if not datagram or mip4.PORT not in (datagram[1], datagram[3]):
                continue
            if args.source and datagram[0] not in args.source:
                continue
            check.counts["packets"] += 1
            check.packet(frame, datagram[4], seen.get(frame))
    if args.json:
        print(json.dumps({"counts": check.counts, "failures": check.failures}))
    else:
        for what, count in sorted(check.counts.items()):
            print(f"# {what}: {count}")
    if not check.counts["packets"]:
        print("not ok nothing to check")
        return 2
    print(f"{'not ok' if check.failures else 'ok'} {check.counts['packets']} packets, "
          f"{check.failures} failures")
    return min(check.failures, 1)


if __name__ == "__main__":
    sys.exit(main())
