#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A detector of your own in Python: an uplink with carrier, address and gateway is good, and among
those the metric decides. It takes the place of linkmon; what it promises stands in mipsock(7)."""
import ctypes as c
import select
import signal
import sys

u8, u16, u32, u64, text, ptr = c.c_uint8, c.c_uint16, c.c_uint32, c.c_uint64, c.c_char_p, c.c_void_p


def struct(**fields):
    return type("struct", (c.Structure,), {"_fields_": list(fields.items())})


# mipsock.h; of what is only read, as far as it is read.
Addr = struct(family=u8, octets=u8 * 16)
Prefix = struct(addr=Addr, len=u8)
Str = struct(text=ptr, len=u16)
Link = struct(link=u32, name=Str, number=u8, flags=u8, onlink=u8, metric=u32, mtu=u32,
              addresses=c.POINTER(Prefix), n_addresses=u16, gateway=Addr)
Entry = struct(scope=u8, peer=Addr, home_addr=Addr, class_=u8, link=u32, name=Str, number=u8,
               careof_addr=Addr, gateway=Addr, verdict=u8, metered=u8, order=u16, cause=Str,
               rtt_us=u32, jitter_us=u32, loss_ppm=u32)
MdInfo = struct(command=u8, generation=u64, entries=ptr, n_entries=u16)
DumpEnd = struct(complete=u8, own=u8)
Sender = struct(name=text, role=text, uid=u32, pid=u32, boot_id=u64, dump=u64)
Msg = struct(type=u16, flags=u16, id=u32, sender=c.POINTER(Sender), body=ptr)
Heard = c.CFUNCTYPE(None, ptr, u64, c.POINTER(Msg))
Dump = c.CFUNCTYPE(c.c_int, ptr, u64, text, c.c_bool, ptr)
Config = struct(dir=text, role=text, version=text, flags=c.c_uint, types=ptr, n_types=c.c_size_t,
                trust=ptr, n_trust=c.c_size_t, ctx=ptr, message=Heard, dump=Dump, member=ptr)
MD_INFO, DUMP_END, LINK = 10, 35, 48
UP_CARRIER, GONE, METERED, F_DUMP, REREG, GOOD, BAD, IPV4 = 3, 4, 8, 1, 1, 2, 4, 4

lib = c.CDLL("libmipsock.so.0")
lib.mipsock_send.argtypes = ptr, text, u16, ptr, ptr
lib.mipsock_fd.argtypes = lib.mipsock_close.argtypes = (ptr,)
lib.mipsock_process.argtypes = ptr, c.c_uint
bus, uplinks, known, generation = ptr(), {}, False, 0


def take_link(link, dump):
    if link.flags & GONE:
        if link.number in uplinks and uplinks[link.number]["link"] == link.link:
            del uplinks[link.number]
        return
    up = link.flags & UP_CARRIER == UP_CARRIER and (link.gateway.family or link.onlink)
    addrs = [link.addresses[i].addr for i in range(link.n_addresses)]
    addrs = [Addr.from_buffer_copy(a) for a in addrs if a.family == IPV4]
    uplinks[link.number] = {
        "link": link.link, "name": c.string_at(link.name.text, link.name.len) or b"?",
        "metric": link.metric, "verdict": GOOD if up else BAD, "dump": dump,
        "addr": addrs[0] if addrs else None, "gateway": Addr.from_buffer_copy(link.gateway),
        "metered": bool(link.flags & METERED)}


def say(to=None):
    """Every uplink with an address, the best one first; to everybody, or to one."""
    best = sorted((u["verdict"], u["metric"], n) for n, u in uplinks.items() if u["addr"])
    entries = (Entry * len(best))()
    for order, (verdict, _, number) in enumerate(best):
        u = uplinks[number]
        entries[order] = Entry(link=u["link"], number=number, verdict=verdict, order=order,
                               name=Str(c.cast(u["name"], ptr), len(u["name"])),
                               careof_addr=u["addr"], gateway=u["gateway"], metered=u["metered"])
    info = MdInfo(REREG, generation, c.cast(entries, ptr), len(best))
    lib.mipsock_send(bus, to, MD_INFO, c.byref(info), None)


@Heard
def heard(_, now, msg):
    global known, generation
    msg, sender = msg.contents, msg.contents.sender.contents
    if msg.type == LINK:
        take_link(Link.from_address(msg.body), sender.dump)
        if not known or msg.flags & F_DUMP:
            return  # its end comes
    else:
        end = DumpEnd.from_address(msg.body)
        if end.own or sender.role != b"tunneld":
            return
        for number in [n for n, u in uplinks.items() if end.complete and u["dump"] != sender.dump]:
            del uplinks[number]  # what was not named is gone
        known = True
    generation = max(now, generation + 1)  # rises across restarts too
    say()


@Dump
def dump(_, now, to, own, cursor):
    if known and not own:
        say(to)
    return 0 if known else -1  # -1: not all there is, keep what you have


def main():
    leave = []
    for sig in signal.SIGTERM, signal.SIGINT:
        signal.signal(sig, lambda *_: leave.append(1))
    types = (u16 * 2)(LINK, DUMP_END)
    config = Config(role=b"linkmon", types=c.cast(types, ptr), n_types=2, message=heard, dump=dump)
    error = lib.mipsock_open(c.byref(bus), c.byref(config))
    if error:
        sys.exit(f"detector: no bus: error {-error}")
    poll = select.poll()
    poll.register(lib.mipsock_fd(bus), select.POLLIN)
    while not leave and not lib.mipsock_process(bus, 0):
        poll.poll(500)
    lib.mipsock_close(bus)


main()
