#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Looks for a planted key in files, processes and captures, in every spelling a leak may have.

    seek.py KEY-IN-HEX PATH...          files, or all files below directories
    seek.py KEY-IN-HEX --memory PID...  the writable memory of processes
    seek.py KEY-IN-HEX --abort COMMAND...
                                        starts it, sends SIGABRT when it says it is ready to
                                        lose (see below); fails if the kernel wrote a core
    seek.py --selftest                  finds each of its own spellings, and nothing in noise

Prints a line per hit; the exit status is 1 if there was one. Whole keys and pieces of 12 octets
are looked for, so that a key which was cut or printed in lines is found as well.
"""

import base64
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time

PIECE = 12


def pieces(key):
    starts = {0, (len(key) - PIECE) // 2, len(key) - PIECE}
    return [key[at:at + PIECE] for at in sorted(starts)]


def base64_of(piece, altchars=None):
    """At each of three alignments, without what depends on the neighbours."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + piece, altchars).rstrip(b"=")
        yield text[(shift * 8 + 5) // 6:len(text) - 1]


def swap(piece, width):
    return b"".join(piece[at:at + width][::-1] for at in range(0, len(piece), width))


def escaped(piece, style):
    return b"".join(style(octet) for octet in piece)


SPELLINGS = {
    "octets": lambda p: [p],
    "hex": lambda p: [p.hex().encode()],
    "HEX": lambda p: [p.hex().upper().encode()],
    "hex with colons": lambda p: [p.hex(":").encode(), p.hex(":").upper().encode()],
    "hex with spaces": lambda p: [p.hex(" ").encode(), p.hex(" ").upper().encode()],
    "hex in words": lambda p: [p.hex(" ", -2).encode(), p.hex(" ", -4).encode(),
                               swap(p, 2).hex(" ", -2).encode(), swap(p, 4).hex(" ", -4).encode()],
    "0x..": lambda p: [b", ".join(b"0x%02x" % o for o in p), b",".join(b"0x%02x" % o for o in p)],
    "\\x..": lambda p: [escaped(p, lambda o: b"\\x%02x" % o)],
    "\\ooo": lambda p: [escaped(p, lambda o: b"\\%03o" % o)],
    "%XX": lambda p: [escaped(p, lambda o: b"%%%02X" % o)],
    "decimal": lambda p: [sign.join(b"%d" % o for o in p) for sign in (b" ", b",", b", ")],
    "base64": lambda p: [*base64_of(p), *base64_of(p, b"-_")],
    "base32": lambda p: [base64.b32encode(p[:10]), base64.b32encode(p[:10]).lower()],
    "backwards": lambda p: [p[::-1], p[::-1].hex().encode(), swap(p, 2), swap(p, 4)],
    "HMAC pad": lambda p: [bytes(o ^ 0x36 for o in p), bytes(o ^ 0x5c for o in p)],
}


def patterns(key):
    table = {}
    for name, spell in SPELLINGS.items():
        for piece in pieces(key):
            for text in spell(piece):
                table[text] = name
    finder = re.compile(b"|".join(re.escape(text) for text in table))
    return finder, table


class Seeker:
    def __init__(self, key):
        self.finder, self.table = patterns(key)
        self.hits = 0

    def look(self, where, data):
        for match in self.finder.finditer(data):
            self.hits += 1
            print(f"{where}: offset {match.start()}, {self.table[match.group()]}")

    def file(self, path):
        with open(path, "rb") as file:
            self.look(path, file.read())

    def below(self, path):
        if not os.path.isdir(path):
            self.file(path)
            return
        for folder, _, names in os.walk(path):
            for name in names:
                whole = os.path.join(folder, name)
                if os.path.isfile(whole) and not os.path.islink(whole):
                    self.file(whole)

    def memory(self, pid):
        with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, \
                open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                span, mode = line.split()[:2]
                begin, end = (int(part, 16) for part in span.split("-"))
                if "w" not in mode:
                    continue
                try:
                    memory.seek(begin)
                    data = memory.read(end - begin)
                except (OSError, ValueError, OverflowError):
                    continue
                self.look(f"process {pid} {line.split()[-1]}", data)


def may_dump():
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def aborted(command, until=lambda child: True):
    """Ends a child by SIGABRT; whether the kernel wrote a core."""
    with subprocess.Popen(command, preexec_fn=may_dump) as child:
        while child.poll() is None and not until(child):
            time.sleep(0.02)
        os.kill(child.pid, signal.SIGABRT)
        status = os.waitpid(child.pid, 0)[1]
        child.returncode = status
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT, os.WCOREDUMP(status)


def abort(command):
    """The bus socket, -b DIR, tells that the daemon has read its keys and joined."""
    bus = command[command.index("-b") + 1]
    socket = os.path.join(bus, os.path.basename(command[0]))
    begin = time.monotonic()
    ended, core = aborted(
        command, lambda child: os.path.exists(socket) or time.monotonic() > begin + 10)
    if not os.path.exists(socket):
        print(f"{command[0]} did not join the bus")
        return 1
    os.unlink(socket)
    if not ended:
        print(f"{command[0]} did not end by SIGABRT")
    if core:
        print(f"{command[0]} left a core")
    return 1 if core or not ended else 0


def selftest():
    rng = random.Random(1)
    key = rng.randbytes(32)
    seeker = Seeker(key)
    sys.stdout.flush()
    failures = 0
    for name, spell in SPELLINGS.items():
        for text in spell(key[:PIECE]) + spell(key[-PIECE:]):
            seeker.hits = 0
            seeker.look(name, rng.randbytes(rng.randrange(50)) + text + b"..")
            failures += seeker.hits == 0
    for shift in range(3):
        seeker.hits = 0
        seeker.look("base64", base64.b64encode(rng.randbytes(shift) + key))
        failures += seeker.hits == 0
    seeker.hits = 0
    seeker.look("noise", rng.randbytes(1 << 20))
    failures += seeker.hits
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--selftest"]:
        return selftest()
    seeker = Seeker(bytes.fromhex(sys.argv[1]))
    rest = sys.argv[2:]
    if rest[0] == "--abort":
        return abort(rest[1:])
    for name in rest[1:] if rest[0] == "--memory" else rest:
        (seeker.memory if rest[0] == "--memory" else seeker.below)(name)
    return 1 if seeker.hits else 0


if __name__ == "__main__":
    sys.exit(main())
